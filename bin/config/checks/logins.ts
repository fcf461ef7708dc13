import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import { mappedAttributes } from "../../../edge-proxy/identity/certmap/certmap-file.ts";
import { replayedAttributes } from "../../../edge-proxy/identity/replay-format.ts";
import { searchedAttributes } from "../../../edge-proxy/identity/search-format.ts";
import {
  type LoginPolicies,
  type LoginPolicy,
  readPolicies,
} from "../../../edge-proxy/session/login-policy.ts";
import { normalDn } from "../../../route-api/contract/distinguished-names.ts";
import type { Fault, Path } from "../mistakes.ts";
import type { Configuration } from "../schema.ts";
import { readText } from "./files.ts";
import { checkLoginFiles } from "./login-files.ts";

/** Attributes that the route store always has. */
const OWN_ATTRIBUTES: ReadonlySet<string> = new Set(["login", "dn", "certificate"]);
/** Mechanisms that bring a password to check with the directory, or that need no check. */
const JUDGED_BY_DIRECTORY: ReadonlySet<string> = new Set(["PLAIN", "LOGIN", "EXTERNAL"]);

/** A policy, and how a fault in it is reported: at the instance's own field, or at its virtual domain file. */
interface Place {
  policy: LoginPolicy;
  fault(field: Path, property: string, text: string): Fault;
}

/** Checks how an instance and its virtual domains judge logins: their files, and the settings that these need. */
export function checkLogins(configuration: Configuration, instance: InstanceConfig, here: Path): Fault[] {
  const faults = checkLoginFiles(instance, here);
  if (faults.length > 0) return faults;
  const policies = readPolicies(instance, readText);
  return [
    ...checkCertificateLogins(configuration, instance, policies, here),
    ...checkAdministrators(policies, here),
    ...checkActing(instance, here),
    ...placesOf(policies, here).flatMap((place) => [
      ...checkAttributes(configuration, place),
      ...checkPreAuth(configuration, instance, place),
    ]),
  ];
}

const placesOf = ({ own, domains }: LoginPolicies, here: Path): Place[] => [
  { policy: own, fault: (field, _property, text) => ({ path: [...here, ...field], text }) },
  ...domains.map(({ domain: { name, line }, policy }) => ({
    policy,
    fault: (_field: Path, property: string, text: string) => ({
      path: [...here, "virtualDomainFile"],
      text: `${property} of ${name} (line ${line}) ${text}`,
    }),
  })),
];

/** The route store must have each attribute that is searched or goes into a name. */
function checkAttributes({ directory }: Configuration, { policy, fault }: Place): Fault[] {
  // Another host's mmp.yaml has the directory then.
  if (directory === undefined) return [];
  const kept = new Set(directory.searchAttributes.map((attribute) => attribute.toLowerCase()));
  const lacking = (attributes: readonly string[], own: ReadonlySet<string>): string =>
    attributes.filter((attribute) => !kept.has(attribute) && !own.has(attribute)).join(" and ");
  const { searchFormat, replayFormat, certmap } = policy;
  const searched = lacking(
    searchFormat === undefined ? [] : searchedAttributes(searchFormat),
    OWN_ATTRIBUTES,
  );
  const replayed = lacking(replayFormat === undefined ? [] : replayedAttributes(replayFormat), new Set());
  const mapped = lacking(certmap === undefined ? [] : mappedAttributes(certmap), OWN_ATTRIBUTES);
  const need = (attributes: string): string => `needs ${attributes} in directory.searchAttributes`;
  return [
    ...(searched === "" ? [] : [fault(["searchFormat"], "SearchFormat", need(searched))]),
    ...(replayed === "" ? [] : [fault(["replayFormat"], "ReplayFormat", need(replayed))]),
    ...(mapped === "" ? [] : [fault(["tls", "certmapFile"], "CertMap", need(mapped))]),
  ];
}

/** What pre-authentication needs, and what needs it. */
function checkPreAuth(
  { directory, stores = {} }: Configuration,
  { mechanisms, listeners }: InstanceConfig,
  { policy, fault }: Place,
): Fault[] {
  const say = (text: string): Fault => fault(["preAuth"], "PreAuth", text);
  if (policy.preAuth === undefined) {
    const protocols = new Set(listeners.map(({ protocol }) => protocol));
    return Object.entries(stores)
      .filter(([, store]) => store.replay === "admin" && [...protocols].some((protocol) => store[protocol]))
      .map(([store]) =>
        say(`must be on: stores.${store} has replay admin, so the store never checks the user's password`),
      );
  }
  const unjudged = mechanisms.filter((mechanism) => !JUDGED_BY_DIRECTORY.has(mechanism));
  return [
    ...(directory !== undefined && "ldif" in directory
      ? [say("needs a directory server (directory.url) to bind to")]
      : []),
    ...(unjudged.length === 0
      ? []
      : [say(`needs a password: remove ${unjudged.join(" and ")} from mechanisms`)]),
  ];
}

/** A store administrator needs both name and password. */
function checkAdministrators({ domains }: LoginPolicies, here: Path): Fault[] {
  return domains.flatMap(({ domain: { name, line, overrides }, policy }) => {
    const { storeAdminUser, storeAdminPassword } = overrides;
    if (policy.admin !== undefined || (storeAdminUser ?? storeAdminPassword) === undefined) return [];
    const [has, lacks] =
      storeAdminUser === undefined ? ["StoreAdminPass", "StoreAdmin"] : ["StoreAdmin", "StoreAdminPass"];
    const text = `${has} of ${name} (line ${line}) needs ${lacks}: the instance has no storeAdmin`;
    return [{ path: [...here, "virtualDomainFile"], text }];
  });
}

/** Only PLAIN carries an authorisation id together with a password. */
const checkActing = ({ administrators, mechanisms }: InstanceConfig, here: Path): Fault[] =>
  administrators.length === 0 || mechanisms.includes("PLAIN")
    ? []
    : [{ path: [...here, "administrators"], text: "needs PLAIN in mechanisms" }];

function checkCertificateLogins(
  { stores = {} }: Configuration,
  { tls, mechanisms }: InstanceConfig,
  { own, domains }: LoginPolicies,
  here: Path,
): Fault[] {
  const faults: Fault[] = [];
  const policies = [own, ...domains.map(({ policy }) => policy)];
  const mapping = policies.filter(({ certmap }) => certmap !== undefined);
  const external = mechanisms.indexOf("EXTERNAL");
  if (tls?.certmapFile !== undefined && tls.clientCaFile === undefined) {
    faults.push({ path: [...here, "tls", "certmapFile"], text: "needs clientCaFile" });
  }
  if (tls?.certmapBase !== undefined && normalDn(tls.certmapBase) === undefined) {
    faults.push({ path: [...here, "tls", "certmapBase"], text: `${tls.certmapBase} is not a DN` });
  }
  const isAsked = tls?.clientCaFile !== undefined || domains.some(({ policy }) => policy.hasOwnAuthorities);
  if (external < 0 || !isAsked) return faults;
  if (mapping.length === 0) {
    faults.push({
      path: [...here, "mechanisms", external],
      text: "needs tls.certmapFile, which maps certificates to users",
    });
  }
  const hasOwn = Object.values(stores).every(({ storeAdmin }) => storeAdmin !== undefined);
  if (!hasOwn && mapping.some(({ admin }) => admin === undefined)) {
    faults.push({
      path: [...here, "mechanisms", external],
      text: "needs storeAdmin: the user sends no password to replay at the store",
    });
  }
  return faults;
}
