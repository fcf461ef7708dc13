import { HOST_NAME } from "../../../route-api/contract/host-names.ts";
import { addressOctets, addressText } from "../../transport/ip-address.ts";

/** What clients connect to. */
export type ServerPlace =
  /** A local address in canonical form; on one port or on all. */
  | { by: "address"; address: string; port?: number }
  /** A port on any address. */
  | { by: "port"; port: number }
  /** The name that TLS clients ask for (RFC 6066, section 3), in lower case. */
  | { by: "sni"; host: string }
  /** `*.host`: one label before it. */
  | { by: "sni-wildcard"; host: string };

export type ServerPlaceResult = { ok: true; place: ServerPlace } | { ok: false; why: string };

/**
 * Reads the place in a vdmap line: `10.0.0.1` as in the old format, and also `10.0.0.1:1143`, `fd00::1`,
 * `[fd00::1]:1143`, `*:1143`, `sni:mail.example.com`, `sni:*.example.com`.
 */
export function parseServerPlace(text: string): ServerPlaceResult {
  if (/^sni:/i.test(text)) return parseHost(text.slice(4));
  const withPort = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text);
  const bare = addressOctets(text) === undefined ? undefined : text;
  const address = bare ?? withPort?.[1] ?? withPort?.[2] ?? /^\[([^\]]*)\]$/.exec(text)?.[1] ?? text;
  const port = bare === undefined && withPort !== null ? Number(withPort[3]) : undefined;
  if (port !== undefined && (port < 1 || port > 65_535)) return no(`${port} is not a port`);
  const octets = address === "*" ? new Uint8Array(4) : addressOctets(address);
  if (octets === undefined || address.includes("%")) {
    return no(`${JSON.stringify(text)} is neither an address nor sni:host.name`);
  }
  if (octets.every((octet) => octet === 0)) {
    if (port === undefined)
      return no(`${text} means every address; use the instance's own settings for that`);
    return { ok: true, place: { by: "port", port } };
  }
  const place = { by: "address", address: addressText(octets) } as const;
  return { ok: true, place: port === undefined ? place : { ...place, port } };
}

function parseHost(written: string): ServerPlaceResult {
  const text = hostKey(written);
  const isWildcard = text.startsWith("*.");
  const host = isWildcard ? text.slice(2) : text;
  if (!HOST_NAME.test(host))
    return no(`${JSON.stringify(written)} is not a host name (write IDNs as A-labels)`);
  return { ok: true, place: { by: isWildcard ? "sni-wildcard" : "sni", host } };
}

/** A host name as places are compared: lower case, without the trailing dot. */
export const hostKey = (host: string): string => host.toLowerCase().replace(/\.$/, "");

const no = (why: string): ServerPlaceResult => ({ ok: false, why });
