import type { ClientId, ForwardedClient } from "../dialogue.ts";
import type { Octets } from "../octets.ts";
import { isQuotable, quote } from "./quoted-string.ts";

/** RFC 2971 section 3.3: at most 30 fields, names of 30 octets, values of 1,024. */
const MOST_FIELDS = 30;
const NAME_OCTETS = 30;
const VALUE_OCTETS = 1024;

/** Name and value; undefined is NIL. */
export type IdField = [Octets, Octets | undefined];

/**
 * Fields of the ID command that tells a store about the client: who it is, in the fields that Dovecot and Cyrus know,
 * where the store trusts the edge, and what it said of itself, except the fields that proxies use and those that a quoted
 * string cannot carry. Empty where there is nothing to tell.
 */
export function forwardedFields(client: ForwardedClient | undefined, said: ClientId): IdField[] {
  const own = client === undefined ? [] : fieldsOf(client);
  return [...own, ...passed(said, MOST_FIELDS - own.length)];
}

/** Arguments of the ID command with these fields (RFC 2971 section 3.1). */
export const idArguments = (fields: readonly IdField[]): Octets =>
  `(${fields
    .map(([name, value]) => `${quote(name)} ${value === undefined ? "NIL" : quote(value)}`)
    .join(" ")})`;

const fieldsOf = (client: ForwardedClient): [Octets, Octets][] => [
  ["x-session-id", client.sid],
  ["x-originating-ip", client.address],
  ["x-originating-port", String(client.port)],
  ["x-connected-ip", client.localAddress],
  ["x-connected-port", String(client.localPort)],
  ["x-proxy-ttl", String(client.hopsLeft)],
];

const passed = (id: ClientId, most: number): [Octets, Octets | undefined][] =>
  [...id]
    .filter(
      ([name, value]) =>
        !name.startsWith("x-") &&
        name.length <= NAME_OCTETS &&
        isQuotable(name) &&
        (value === undefined || (value.length <= VALUE_OCTETS && isQuotable(value))),
    )
    .slice(0, most);

/** Hops that the proxy in front still allows (`x-proxy-ttl`); undefined if it does not say, or not by a number. */
export function hopsOf(id: ClientId): number | undefined {
  const value = id.get("x-proxy-ttl");
  return value !== undefined && /^\d{1,3}$/.test(value) ? Number(value) : undefined;
}
