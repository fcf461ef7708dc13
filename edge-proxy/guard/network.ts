import { addressOctets } from "../transport/ip-address.ts";

/** A range of addresses: those that equal `octets` in the bits of `mask`. Both have 4 octets, or 16. */
export interface Network {
  octets: Uint8Array;
  mask: Uint8Array;
}

/**
 * Reads an address, or a network (`10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `fd00::/8`). Undefined where the text is neither,
 * or has a zone index.
 */
export function parseNetwork(text: string): Network | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  const octets = addressOctets(address);
  if (octets === undefined || address.includes("%") || more.length > 0) return undefined;
  const mask = prefix === undefined ? new Uint8Array(octets.length).fill(255) : maskOf(prefix, octets.length);
  return mask === undefined ? undefined : { octets, mask };
}

/** A number of bits, or a mask written as an address. */
function maskOf(text: string, length: number): Uint8Array | undefined {
  if (!/^\d{1,3}$/.test(text)) {
    const mask = addressOctets(text);
    return mask?.length === length ? mask : undefined;
  }
  const bits = Number(text);
  if (bits > length * 8) return undefined;
  return Uint8Array.from({ length }, (_, index) => 0xff00 >> Math.min(8, Math.max(0, bits - index * 8)));
}

/** True where the address, in text form, lies in the network. */
export function isWithin({ octets, mask }: Network, address: string): boolean {
  const client = addressOctets(address);
  if (client?.length !== octets.length) return false;
  // A loop: the callback of every() cost more than all else here.
  for (let at = 0; at < octets.length; at++)
    if ((((client[at] ?? 0) ^ (octets[at] ?? 0)) & (mask[at] ?? 0)) !== 0) return false;
  return true;
}
