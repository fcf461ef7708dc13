import { isIP } from "node:net";

/** Addresses that are remembered; beyond them all are forgotten. */
const REMEMBERED_MAX = 4096;
/** With a zone index behind it, an address may be of any length. */
const ADDRESS_CHARACTERS_MAX = 45;

/**
 * Caches the results of `make` by address, since limits, penalties and rules ask about a client's address several times a
 * session. Undefined results are not cached: text that is not an address may be anything.
 */
export function addressMemo<T>(make: (address: string) => T | undefined): (address: string) => T | undefined {
  const made = new Map<string, T>();
  return (address) => {
    const known = made.get(address);
    if (known !== undefined) return known;
    const result = make(address);
    if (result === undefined || address.length > ADDRESS_CHARACTERS_MAX) return result;
    if (made.size >= REMEMBERED_MAX) made.clear();
    made.set(address, result);
    return result;
  };
}

/**
 * Octets of an IPv4 or IPv6 address in text form: 4 or 16; undefined where it is neither. A zone index is left out.
 * Shared by all who ask: not to be written to.
 */
export const addressOctets = addressMemo(readAddress);

function readAddress(text: string): Uint8Array | undefined {
  const address = text.replace(/%.*$/, "");
  const version = isIP(address);
  if (version === 0) return undefined;
  if (version === 4) return Uint8Array.from(address.split("."), Number);
  const [head = "", tail = ""] = canonical(address).split("::");
  const before = groups(head);
  const after = groups(tail);
  const octets = new Uint8Array(16);
  octets.set(before);
  octets.set(after, 16 - after.length);
  return octets;
}

const groups = (text: string): number[] =>
  text === ""
    ? []
    : text.split(":").flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);

/** RFC 5952 section 4, which URLs follow. */
const canonical = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);

/** Text form of 4 or 16 octets; an IPv4-mapped address (RFC 4291 section 2.5.5.2) as the IPv4 address that it is. */
export function addressText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  if (MAPPED_HEAD.every((octet, index) => octets[index] === octet)) return octets.subarray(12).join(".");
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  return canonical(Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16)).join(":"));
}

const MAPPED_HEAD = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

/** The same address in 16 octets. */
export const mappedOctets = (octets: Uint8Array): Uint8Array =>
  octets.length === 16 ? octets : Uint8Array.from([...MAPPED_HEAD, ...octets]);

/** `::ffff:192.0.2.1`, as a socket that listens on `::` sees IPv4 clients, becomes `192.0.2.1`. */
export const plainAddress = (text: string): string =>
  text.startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text;

/** The one address that is listened on, as a socket has it; undefined for `::` and `0.0.0.0`, which are all of the host's. */
export function singleAddress(text: string): string | undefined {
  const octets = addressOctets(text);
  return octets?.some((octet) => octet !== 0) === true ? addressText(octets) : undefined;
}
