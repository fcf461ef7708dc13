import { basename } from "node:path";
import { assume, createDraft, type Draft, put, todo, valueAt } from "../draft.ts";
import { type Finding, mergeFindings } from "../finding.ts";
import type { InputFile } from "../input.ts";
import type { Parameter } from "./cfg-file.ts";
import { isSinceVersion6, tellOfHostedDomains } from "./hosted-domains.ts";
import { beginInstance, finishInstance } from "./instance.ts";
import { leftovers } from "./leftovers.ts";
import { applyRow, type Target } from "./row.ts";
import { ROWS } from "./rows.ts";
import { type OldConfiguration, readServices, type Service } from "./services.ts";
import { finishStores } from "./store-host-lists.ts";

/** Turns the files of an old multiplexor into a configuration: one instance for each service. */
export function importMmp(files: readonly InputFile[]): Draft {
  const old = readServices(files);
  const draft = createDraft(
    `a Messaging Multiplexor (${[old.shared, ...old.services.map(({ file }) => file)]
      .flatMap((file) => (file === undefined ? [] : [basename(file.path)]))
      .filter((name, index, all) => all.indexOf(name) === index)
      .join(", ")})`,
  );
  const used = new Set<Parameter>();
  const findings: Finding[] = [];
  for (const service of old.services) {
    const target = targetOf(service, old, draft);
    beginInstance(service, target);
    for (const row of ROWS) {
      const parameter = target.parameter(row.name);
      if (parameter === undefined || (row.only !== undefined && row.only !== service.protocol)) continue;
      used.add(parameter);
      findings.push(applyRow(row, parameter, target));
    }
    finishInstance(target);
    tellOfHostedDomains(target);
  }
  finishDirectory(draft);
  finishStores(draft);
  draft.findings = mergeFindings([...serviceFindings(old), ...findings, ...leftovers(old, used)]);
  return draft;
}

/** A service's own section precedes the default one, and its own file AService.cfg; in each, the first line with a value counts. */
function targetOf(
  { instance, protocol, section, file }: Service,
  { shared, serviceList }: OldConfiguration,
  draft: Draft,
): Target {
  const lookUp = new Map<string, Parameter>();
  const layers = [
    file.parameters.filter((parameter) => parameter.section === section),
    file.parameters.filter((parameter) => parameter.section === "default"),
    (shared?.parameters ?? []).filter(({ name }) => !/^ServiceList$/i.test(name)),
  ];
  for (const parameter of layers.flat()) {
    const key = parameter.name.toLowerCase();
    if (parameter.value !== "" && !lookUp.has(key)) lookUp.set(key, parameter);
  }
  return {
    draft,
    instance,
    protocol,
    sinceVersion6: isSinceVersion6(serviceList?.value ?? ""),
    parameter: (name) => lookUp.get(name.toLowerCase()),
  };
}

function finishDirectory(draft: Draft): void {
  if ([valueAt(draft, "directory.url")].flat().some((url) => String(url).startsWith("ldaps:"))) {
    todo(
      draft,
      "The directory's certificate is verified: unless a public CA has signed it, put the CA into a PEM file and set directory.caFile.",
    );
  }
  if (put(draft, "directory.url", "ldap://localhost") === "set") {
    assume(draft, "directory.url is ldap://localhost, because there is no LdapUrl.");
  }
  if (put(draft, "directory.base", "o=internet") === "set") {
    assume(draft, "directory.base is o=internet, the old default.");
  }
  const instances = Object.values(draft.configuration.instances as Record<string, { replayFormat?: string }>);
  if (instances.some(({ replayFormat }) => replayFormat === undefined)) {
    assume(
      draft,
      "the user name sent to stores is the entry's mail, or else its uid. Without ReplayFormat, versions up to 6 sent the name as typed, and later ones the part before the @.",
    );
  }
  todo(
    draft,
    "Log in once at each store, to see that it accepts the user name that replayFormat makes or, without one, directory.accountAttributes.",
  );
  draft.comments.set("directory", "Where mmp sync and mmp up read the routes from.");
  draft.comments.set(
    "directory.accountAttributes",
    "The first that an entry has is the account name and, without replayFormat, the user name at the store.",
  );
  draft.comments.set("stores", '"*" stands for every mailHost without an entry of its own.');
  draft.comments.set("routeStore", "For one machine; use DynamoDB for several.");
}

function serviceFindings({ serviceList, services, smtp, unused }: OldConfiguration): Finding[] {
  const list: Finding[] =
    serviceList === undefined
      ? []
      : [
          {
            place: serviceList.place,
            name: serviceList.name,
            fate: smtp.length === 0 ? "carried" : "changed",
            field: services.map(({ instance }) => `instances.${instance}.listeners`).join(", "),
            ...(smtp.length === 0 ? {} : { note: "without the SMTP service, because SMTP is not supported" }),
          },
        ];
  return [
    ...list,
    ...unused.map(
      ({ path }): Finding => ({
        place: { file: path, line: 1 },
        name: basename(path),
        fate: "none",
        note: /smtp|submit/i.test(basename(path)) ? "SMTP is not supported" : "no service reads this file",
      }),
    ),
  ];
}
