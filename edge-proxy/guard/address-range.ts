import { addressOctets } from "../transport/ip-address.ts";

/** Addresses of one family that begin with the same bits. */
export interface AddressRange {
  /** 4 or 16. */
  octets: Uint8Array;
  bits: number;
}

/** Reads `10.0.0.0/8`, `fd00::/8`, or one address; undefined where the text is none of these. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  const octets = addressOctets(address);
  if (octets === undefined || address.includes("%") || more.length > 0) return undefined;
  if (prefix === undefined) return { octets, bits: octets.length * 8 };
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.POSITIVE_INFINITY;
  return bits <= octets.length * 8 ? { octets, bits } : undefined;
}

/** Whether an address is in a range. One of the other family never is. */
export function isInRange({ octets, bits }: AddressRange, address: Uint8Array): boolean {
  if (address.length !== octets.length) return false;
  for (let at = 0; at * 8 < bits; at++) {
    const mask = 0xff & (0xff00 >> Math.min(8, bits - at * 8));
    if ((((address[at] ?? 0) ^ (octets[at] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}

/** A test of whether any of the ranges has an address, which is given as text. */
export function rangeMatcher(ranges: readonly AddressRange[]): (address: string) => boolean {
  if (ranges.length === 0) return () => false;
  return (address) => {
    const octets = addressOctets(address);
    return octets !== undefined && ranges.some((range) => isInRange(range, octets));
  };
}
