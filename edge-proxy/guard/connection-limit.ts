import { isWithin, type Network } from "./network.ts";

/** How many connections each client of a range may have. */
export interface RangeLimit {
  range: Network;
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
  const narrowestFirst = ranges.toSorted((a, b) => bits(b.range) - bits(a.range));
  return (address) => {
    for (const { range, connections } of narrowestFirst) if (isWithin(range, address)) return connections;
    return otherwise;
  };
}

/** Bits that count. */
const bits = ({ mask }: Network): number =>
  mask.reduce((sum, octet) => sum + octet.toString(2).replaceAll("0", "").length, 0);
