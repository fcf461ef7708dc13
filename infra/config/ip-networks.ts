import { parseNetwork } from "../../edge-proxy/guard/network.ts";

/** Networks as configurations write them: an address and the length of its prefix, `10.20.0.0/16` or `2001:db8::/32`. */
const CIDR = /^[0-9A-Fa-f.:]+\/\d{1,3}$/;

export const isNetwork = (text: string): boolean => CIDR.test(text) && parseNetwork(text) !== undefined;

export const isIpv6 = (network: string): boolean => network.includes(":");

/** Length of the prefix, in bits. */
export const prefixBits = (network: string): number => Number(network.split("/")[1]);

/** Whether the address has bits behind the prefix: `10.20.0.1/16` is an address of 10.20.0.0/16, and no network. */
export function hasHostBits(network: string): boolean {
  const { octets = [], mask = [] } = parseNetwork(network) ?? {};
  return octets.some((octet, index) => (octet & ~(mask[index] ?? 0xff)) !== 0);
}

/** Whether a network takes in so many addresses that it is probably a mistake: a class A, or many providers. */
export const isWide = (network: string): boolean => prefixBits(network) <= (isIpv6(network) ? 16 : 8);

/** Whether two networks have an address in common. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [parseNetwork(one), parseNetwork(other)];
  if (a === undefined || b === undefined || a.octets.length !== b.octets.length) return false;
  return a.octets.every((octet, index) => {
    const common = (a.mask[index] ?? 0) & (b.mask[index] ?? 0);
    return ((octet ^ (b.octets[index] ?? 0)) & common) === 0;
  });
}
