import { basename, resolve } from "node:path";
import { createDraft, type Draft, put, todo } from "../draft.ts";
import { badInput, type Finding, mergeFindings } from "../finding.ts";
import type { InputFile } from "../input.ts";
import { expandIncludes } from "./includes.ts";
import { planServer, type ServerPlan } from "./instances.ts";
import { joinFamilies } from "./listen.ts";
import { type MailServer, mailServers } from "./mail-servers.ts";
import { type Directive, parseNginx } from "./tokens.ts";

const READ_BLOCKS = ["mail", "events"];
const DEFAULT_PORT = { imap: 143, pop3: 110 } as const;

/** Turns the servers of nginx's mail blocks into instances. nginx does not know where mailboxes are: the operator must add that. */
export function importNginx(files: readonly InputFile[]): Draft {
  const draft = createDraft(`nginx's mail block (${files.map(({ path }) => basename(path)).join(", ")})`);
  const findings: Finding[] = [];
  const plans: ServerPlan[] = [];
  const mailDirectives: Directive[] = [];
  const parsed = files.map((file) => ({ path: file.path, ...expandIncludes(parseNginx(file)) }));
  const inPlace = new Set(parsed.flatMap(({ read }) => read));
  for (const { path, directives, findings: includes, missing } of parsed) {
    if (inPlace.has(resolve(path))) continue;
    findings.push(...includes, ...directives.filter(isSkipped).map(skipped));
    mailDirectives.push(
      ...directives.filter(({ name }) => name === "mail").flatMap(({ block = [] }) => block),
    );
    for (const file of missing)
      todo(draft, `Unless it does not concern mail, copy ${file} to this machine and import again.`);
    const before = plans.length;
    for (const server of mailServers(directives, path)) {
      if (server.protocol === "smtp") findings.push(smtp(server));
      else plans.push(planServer(server, server.protocol));
    }
    if (plans.length === before) throw badInput({ file: path, line: 1 }, "has no IMAP or POP3 server");
  }
  draft.files.set("users.ldif", { content: LDIF, secret: false });
  put(draft, "directory.ldif", "./users.ldif");
  for (const { protocol, storeProxyProtocol } of plans) {
    put(draft, `stores.*.${protocol}.port`, DEFAULT_PORT[protocol]);
    put(draft, `stores.*.${protocol}.tls`, "none");
    if (storeProxyProtocol) put(draft, `stores.*.${protocol}.proxyProtocol`, "v2");
  }
  findings.push(...putInstances(draft, plans));
  draft.findings = mergeFindings([...findings, ...inheritedByNone(mailDirectives, findings)]);
  comments(draft);
  return draft;
}

/** Makes servers with the same settings listeners of one instance. Returns what became of their directives. */
function putInstances(draft: Draft, plans: readonly ServerPlan[]): Finding[] {
  const groups = new Map<string, ServerPlan[]>();
  for (const plan of plans) {
    const settings = [...plan.settings].map(([field, { value }]) => [field, value]);
    const key = JSON.stringify(settings.sort());
    groups.set(key, [...(groups.get(key) ?? []), plan]);
  }
  return [...groups.values()].flatMap((group, index) =>
    putInstance(draft, index === 0 ? "main" : `main-${index + 1}`, group),
  );
}

function putInstance(draft: Draft, name: string, group: readonly ServerPlan[]): Finding[] {
  const [first] = group;
  if (first === undefined) return [];
  const instance = `instances.${name}`;
  const listeners = joinFamilies(
    group.flatMap((plan) => plan.listeners),
    first.place,
  );
  put(draft, `${instance}.listeners`, listeners, first.place);
  for (const [field, { value, place }] of first.settings) put(draft, `${instance}.${field}`, value, place);
  if (first.settings.get("allowPlaintextLogin")?.value === true) {
    draft.comments.set(`${instance}.allowPlaintextLogin`, "As nginx did; set to false once clients use TLS.");
  }
  if (listeners.some(({ trustedProxies }) => Array.isArray(trustedProxies) && trustedProxies.length === 0)) {
    todo(draft, `Set trustedProxies of ${instance}: nginx accepted PROXY headers from anywhere.`);
  }
  const full = (field: string): string => (field.startsWith("stores.") ? field : `${instance}.${field}`);
  return group.flatMap(({ findings }) =>
    findings.map((finding) =>
      finding.field === undefined ? finding : { ...finding, field: full(finding.field) },
    ),
  );
}

function comments(draft: Draft): void {
  draft.comments.set("directory", "Replaces auth_http: set your LDAP directory here, or fill in users.ldif.");
  draft.comments.set("stores", "As the auth_http server returned them in Auth-Server and Auth-Port.");
  todo(draft, "Set your LDAP directory instead of directory.ldif, or list the users in users.ldif.");
  todo(draft, "Set the ports and TLS of the stores, which the auth_http server knew.");
}

const LDIF = `# One entry per user, for example:
# dn: mail=alice@example.com,dc=example,dc=com
# mail: alice@example.com
# mailHost: store1.example.com
version: 1
`;

const smtp = ({ place }: MailServer): Finding => ({
  place,
  name: "server",
  fate: "none",
  note: "SMTP is not supported",
});

/** Directives of the mail block that no IMAP or POP3 server inherits. */
const inheritedByNone = (directives: readonly Directive[], findings: readonly Finding[]): Finding[] =>
  directives
    .filter(({ name, place }) => name !== "server" && !findings.some((finding) => finding.place === place))
    .map(({ name, place }) => ({
      place,
      name,
      fate: "none",
      note: "no server of its protocol inherits it: there is none, or each has its own",
    }));

const isSkipped = ({ name, block }: Directive): boolean => block !== undefined && !READ_BLOCKS.includes(name);

const skipped = ({ place, name }: Directive): Finding => ({
  place,
  name,
  fate: "none",
  note: "not read, because it does not concern mail",
});
