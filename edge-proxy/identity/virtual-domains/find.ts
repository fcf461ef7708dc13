import { addressOctets, addressText } from "../../transport/ip-address.ts";
import { hostKey, type ServerPlace } from "./server-place.ts";
import type { VirtualDomain } from "./virtual-domain.ts";

/** The address that a client connected to: the PROXY header's destination where there is one. */
export interface Arrival {
  localAddress: string;
  localPort: number;
  /** The name it asked for by SNI, once TLS is up. */
  serverName?: string | undefined;
}

export type FindVirtualDomain = (arrival: Arrival) => VirtualDomain | undefined;

/**
 * Makes the look-up: by address and port, by a port of its own, by address, by SNI, by its wildcard; else none. Of two
 * domains at one place the first in the file counts.
 *
 *     findVirtualDomain({ localAddress: "10.0.0.1", localPort: 143 })?.overrides.defaultDomain
 */
export function virtualDomainFinder(domains: readonly VirtualDomain[]): FindVirtualDomain {
  const byPlace = new Map<string, VirtualDomain>();
  for (const domain of domains) {
    const key = placeKey(domain.place);
    if (!byPlace.has(key)) byPlace.set(key, domain);
  }
  if (byPlace.size === 0) return () => undefined;
  return ({ localAddress, localPort, serverName }) => {
    const octets = addressOctets(localAddress);
    const address = octets === undefined ? "" : addressText(octets);
    const byAddress =
      byPlace.get(placeKey({ by: "address", address, port: localPort })) ??
      byPlace.get(placeKey({ by: "port", port: localPort })) ??
      byPlace.get(placeKey({ by: "address", address }));
    if (byAddress !== undefined || serverName === undefined) return byAddress;
    const host = hostKey(serverName);
    const dot = host.indexOf(".");
    return (
      byPlace.get(placeKey({ by: "sni", host })) ??
      (dot > 0 ? byPlace.get(placeKey({ by: "sni-wildcard", host: host.slice(dot + 1) })) : undefined)
    );
  };
}

/** Equal places have equal keys. */
export function placeKey(place: ServerPlace): string {
  switch (place.by) {
    case "address":
      return place.port === undefined ? place.address : `[${place.address}]:${place.port}`;
    case "port":
      return `*:${place.port}`;
    case "sni":
      return `sni:${place.host}`;
    case "sni-wildcard":
      return `sni:*.${place.host}`;
    default:
      return place satisfies never;
  }
}
