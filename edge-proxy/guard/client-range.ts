import { addressMemo, addressOctets, addressText } from "../transport/ip-address.ts";

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
  const rangeOf = rangesBy.get(bits) ?? addressMemo((each) => rangeWithin(each, bits));
  rangesBy.set(bits, rangeOf);
  return rangeOf(address) ?? address;
}

/** By how many leading bits tell clients apart. */
const rangesBy = new Map<number, (address: string) => string | undefined>();

function rangeWithin(address: string, bits: number): string | undefined {
  const octets = addressOctets(address);
  if (octets === undefined) return undefined;
  const masked = octets.map((octet, at) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - at * 8))));
  return `${addressText(masked)}/${bits}`;
}
