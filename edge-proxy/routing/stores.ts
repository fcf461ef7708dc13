import type { Protocol, StoreConfig, Stores } from "../config.ts";
import type { ClientTls } from "../transport/transport.ts";

/** How to reach one store by one protocol. */
export interface StoreTarget {
  /** The mailHost that names the store. */
  name: string;
  host: string;
  port: number;
  startTls: boolean;
  implicitTls: boolean;
  tls?: ClientTls;
}

export type FindStore = (mailHost: string) => StoreTarget | undefined;

/**
 * Makes the look-up from a route's mailHost to its store: by name, else by the entry `*`.
 * `readCa` gives the PEM text of a CA file. Undefined where no entry serves the protocol.
 */
export function storeFinder(stores: Stores, protocol: Protocol, readCa: (path: string) => string): FindStore {
  const entries = new Map(Object.entries(stores).map(([name, entry]) => [name.toLowerCase(), entry]));
  const targets = new Map<string, StoreTarget | undefined>();
  return (mailHost) => {
    const name = mailHost.toLowerCase();
    const entry = entries.get(name);
    if (entry !== undefined) {
      if (!targets.has(name)) targets.set(name, target(name, entry, protocol, readCa));
      return targets.get(name);
    }
    const fallback = entries.get("*");
    return fallback === undefined ? undefined : target(name, fallback, protocol, readCa);
  };
}

function target(
  name: string,
  entry: StoreConfig,
  protocol: Protocol,
  readCa: (path: string) => string,
): StoreTarget | undefined {
  const service = entry[protocol];
  if (service === undefined) return undefined;
  const { caFile, serverName = name, verifyCertificate: verify } = entry;
  return {
    name,
    host: entry.address ?? name,
    port: service.port,
    startTls: service.tls === "starttls",
    implicitTls: service.tls === "implicit",
    ...(service.tls === "none"
      ? {}
      : { tls: { serverName, verify, ...(caFile === undefined ? {} : { ca: readCa(caFile) }) } }),
  };
}
