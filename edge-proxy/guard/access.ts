import type { Protocol } from "../../route-api/contract/protocols.ts";
import { type AccessRule, type AccessRules, parseAccess } from "./access-rules.ts";
import { fitClient, type PatternClient } from "./client-pattern.ts";
import { type Fit, fitList } from "./except-list.ts";

/** Who asks for access, and to which service. */
export interface AccessClient extends PatternClient {
  protocol: Protocol;
  /** The connection is encrypted. */
  tls: boolean;
}

export type Access = { is: "granted" } | { is: "denied"; reason: string };

const GRANTED: Access = { is: "granted" };

/**
 * Judges a client by the rules: an allow rule that matches grants access; else a deny rule that matches denies it; else
 * it is granted, unless there are allow rules and no deny rules. A rule for a host name matches nobody as an allow rule
 * and everybody as a deny rule where the client's name is not known: what cannot be proved admits nobody.
 *
 *     judgeAccess(rules, { protocol: "imap", tls: true, address: "192.0.2.1" })
 */
export function judgeAccess({ allow, deny }: AccessRules, client: AccessClient): Access {
  if (allow.some((rule) => fitRule(rule, client) === "yes")) return GRANTED;
  const whom = `${client.protocol}${client.tls ? " over TLS" : ""} from ${client.address}`;
  for (const rule of deny) {
    const fit = fitRule(rule, client);
    if (fit === "no") continue;
    const why = fit === "unknown" ? ": it matches host names, and the client's is unknown" : "";
    return { is: "denied", reason: `the rule ${JSON.stringify(rule.text)} denies ${whom}${why}` };
  }
  if (allow.length === 0 || deny.length > 0) return GRANTED;
  return { is: "denied", reason: `no rule allows ${whom}` };
}

/**
 * Judges a client by rules as the directory has them (mailAllowedServiceAccess). Rules that cannot be parsed deny access:
 * the broken one may be what keeps the account closed, and a refusal gets noticed where a silent grant would not.
 */
export function judgeServices(texts: readonly string[], client: AccessClient): Access {
  if (texts.length === 0) return GRANTED;
  const parsed = parseAccess(texts);
  if (parsed.ok) return judgeAccess(parsed.rules, client);
  return { is: "denied", reason: `the rule ${JSON.stringify(parsed.rule)} cannot be read: ${parsed.why}` };
}

function fitRule({ services, clients }: AccessRule, client: AccessClient): Fit {
  const isFor = fitList(services, (service) => (isService(service, client) ? "yes" : "no"));
  return isFor === "yes" ? fitList(clients, (pattern) => fitClient(pattern, client)) : "no";
}

/** As in the old servers, a rule for `imap` covers IMAP over TLS too; one for `imaps` covers TLS only. */
const isService = (service: string, { protocol, tls }: AccessClient): boolean =>
  service === "all" || service === protocol || (tls && service === `${protocol}s`);
