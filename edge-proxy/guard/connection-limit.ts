import { addressOctets } from "../transport/ip-address.ts";
import { type AddressRange, isInRange } from "./address-range.ts";

/** How many connections each client of a range may have. */
export interface RangeLimit {
  range: AddressRange;
  connections: number;
}

/** How many connections the client at an address may have; Infinity where there is no limit. */
export type ConnectionLimit = (address: string) => number;

/** The limit of the narrowest range that has the address, else the one for everybody. */
export function connectionLimit(
  everybody: number | undefined,
  ranges: readonly RangeLimit[],
): ConnectionLimit {
  const otherwise = everybody ?? Number.POSITIVE_INFINITY;
  if (ranges.length === 0) return () => otherwise;
  const narrowestFirst = ranges.toSorted((a, b) => b.range.bits - a.range.bits);
  return (address) => {
    const octets = addressOctets(address);
    if (octets === undefined) return otherwise;
    return narrowestFirst.find(({ range }) => isInRange(range, octets))?.connections ?? otherwise;
  };
}
