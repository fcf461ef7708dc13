import { badInput, type Place } from "../finding.ts";
import type { Directive } from "./tokens.ts";

export interface Listen {
  address?: string;
  port: number;
  ssl: boolean;
  proxyProtocol: boolean;
}

/** `listen 993 ssl`, `listen 127.0.0.1:143`, `listen [::]:110 proxy_protocol`. */
export function parseListen({ place, args }: Directive): Listen {
  const [target = "", ...flags] = args;
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]:|([^:[\]]+):)?(\d{1,5})$/.exec(target) ?? [];
  const number = Number(port);
  if (port === "" || number < 1 || number > 65_535) {
    throw badInput(place, `listen ${target}: only an address with a port is supported`);
  }
  // nginx's * is every IPv4 address, like no address.
  const address = bracketed ?? (plain === "*" ? undefined : plain);
  return {
    ...(address === undefined ? {} : { address }),
    port: number,
    ssl: flags.includes("ssl"),
    proxyProtocol: flags.includes("proxy_protocol"),
  };
}

/** Listeners as an instance has them. */
export interface Listener {
  address?: string;
  port: number;
  [field: string]: unknown;
}

/**
 * One listener where nginx needs two, for the same port of all IPv4 and of all IPv6 addresses: a listener on `::` serves
 * both. Throws a Failure if the two are not otherwise the same.
 */
export function joinFamilies(listeners: readonly Listener[], place: Place): Listener[] {
  return listeners.flatMap((listener) => {
    if (!isAny(listener)) return listener;
    const same = listeners.filter((other) => isAny(other) && other.port === listener.port);
    if (same[0] !== listener) return [];
    if (new Set(same.map(apartFromAddress)).size > 1)
      throw badInput(place, `port ${listener.port} must have the same settings for IPv4 and IPv6`);
    return same.find(({ address }) => address === ANY_IPV6) ?? listener;
  });
}

const ANY_IPV6 = "::";
const isAny = ({ address }: Listener): boolean => [undefined, "0.0.0.0", ANY_IPV6].includes(address);
const apartFromAddress = ({ address: _, ...settings }: Listener): string => JSON.stringify(settings);
