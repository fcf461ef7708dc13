import { addressOctets, addressText } from "../transport/ip-address.ts";

/** How many leading bits of an address tell one client from another. */
export interface ClientPrefix {
  ipv4Bits: number;
  ipv6Bits: number;
}

/**
 * The range that counts as one client, as a key: who has one IPv6 address has its whole /64.
 *
 *     clientRange("2001:db8::7", { ipv4Bits: 32, ipv6Bits: 64 }) // "2001:db8::/64"
 */
export function clientRange(address: string, { ipv4Bits, ipv6Bits }: ClientPrefix): string {
  const bits = address.includes(":") ? ipv6Bits : ipv4Bits;
  if (bits === (address.includes(":") ? 128 : 32)) return address;
  const known = ranges.get(bits)?.get(address);
  if (known !== undefined) return known;
  const octets = addressOctets(address);
  if (octets === undefined) return address;
  const masked = octets.map((octet, at) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - at * 8))));
  const range = `${addressText(masked)}/${bits}`;
  remember(bits, address, range);
  return range;
}

/** Ranges by their bits and an address in them: each is asked for several times a session. */
const ranges = new Map<number, Map<string, string>>();
const RANGES_MAX = 4096;
/** With a zone index behind it, an address may be of any length. */
const ADDRESS_CHARACTERS_MAX = 45;

function remember(bits: number, address: string, range: string): void {
  if (address.length > ADDRESS_CHARACTERS_MAX) return;
  const known = ranges.get(bits) ?? new Map<string, string>();
  if (known.size >= RANGES_MAX) known.clear();
  ranges.set(bits, known.set(address, range));
}
