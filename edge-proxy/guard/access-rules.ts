import { type ClientPattern, needsHostName, parseClientPattern } from "./client-pattern.ts";
import { type ExceptList, readExceptList } from "./except-list.ts";

/** Services that a rule may name, each in one spelling. */
const SERVICES = new Map<string, string>(
  ["imap", "imaps", "pop3", "pop3s", "smtp", "smtps", "http", "https", "smime", "all"].map((name) => [
    name,
    name,
  ]),
)
  .set("pop", "pop3")
  .set("pops", "pop3s")
  .set("*", "all");

export interface AccessRule {
  /** As written. */
  text: string;
  services: ExceptList<string>;
  clients: ExceptList<ClientPattern>;
}

export interface AccessRules {
  allow: readonly AccessRule[];
  deny: readonly AccessRule[];
}

export type AccessResult = { ok: true; rules: AccessRules } | { ok: false; rule: string; why: string };

/** Longest rule, in characters: bounds the time that matching takes. */
const RULE_MAX = 1024;

/**
 * Reads access rules as iPlanet's family writes them (mailAllowedServiceAccess, TCPAccess): each
 * `+services:clients` or `-services:clients`, several in one text, separated by `$`.
 *
 *     parseAccess(["+imap,imaps:10.0.0.0/8 EXCEPT 10.9.0.0/16$-ALL:ALL"])
 */
export function parseAccess(texts: readonly string[]): AccessResult {
  const allow: AccessRule[] = [];
  const deny: AccessRule[] = [];
  const written = texts.flatMap((text) => text.split("$")).map((text) => text.trim());
  for (const text of written.filter((each) => each !== "")) {
    const rule = readRule(text);
    if (typeof rule === "string") return { ok: false, rule: text.slice(0, 200), why: rule };
    (text.startsWith("+") ? allow : deny).push(rule);
  }
  return { ok: true, rules: { allow, deny } };
}

/** The words of rules that need the host name of a client, which the edge does not look up. */
export function hostNamesIn(rules: readonly AccessRule[]): string[] {
  const words = rules.flatMap(({ text }) => (readExceptList(text.slice(text.indexOf(":") + 1)) ?? []).flat());
  return [...new Set(words)].filter((word) => needsHostName(parseClientPattern(word)));
}

/** The rule, or what is wrong with it. */
function readRule(text: string): AccessRule | string {
  if (text.length > RULE_MAX) return `it is longer than ${RULE_MAX} characters`;
  if (!/^[+-]/.test(text)) return "a rule must begin with + or -";
  const colon = text.indexOf(":");
  if (colon < 0) return "a rule must have the form services:clients";
  const services = membersOf(text.slice(1, colon), (name) => SERVICES.get(name.toLowerCase()));
  if (typeof services === "string") return `${services} is not a list of services`;
  const clients = membersOf(text.slice(colon + 1), parseClientPattern);
  if (typeof clients === "string") return `${clients} is not a list of clients`;
  return { text, services, clients };
}

/** The members of a list, or the part that cannot be parsed. */
function membersOf<T>(text: string, read: (word: string) => T | undefined): ExceptList<T> | string {
  const list = readExceptList(text);
  if (list === undefined) return JSON.stringify(text.trim());
  const strange = list.flat().find((word) => read(word) === undefined);
  if (strange !== undefined) return JSON.stringify(strange);
  return list.map((part) => part.map(read).filter((member) => member !== undefined));
}
