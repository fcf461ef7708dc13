import type { Protocol } from "../../route-api/contract/protocols.ts";
import type { StoreOverride } from "../../route-api/contract/routes.ts";
import type { StoreConfig, Stores } from "../config/stores.ts";
import type { ReadText } from "../identity/map-files.ts";
import { SecretOctets, utf8Octets } from "../protocol/octets.ts";
import type { ClientTls, ClientTrust } from "../transport/transport.ts";

/** How to reach one store by one protocol, and how to log in there. */
export interface StoreTarget {
  /** The mailHost that names the store. */
  name: string;
  host: string;
  port: number;
  startTls: boolean;
  implicitTls: boolean;
  tls?: ClientTls;
  /** The connection begins with a PROXY header of version 2. */
  proxyHeader: boolean;
  replay: StoreConfig["replay"];
  forwardClient: boolean;
  /** In place of the one that all stores have. */
  admin: StoreAdministrator | undefined;
  /** Where to go when this address cannot serve: the same store's next. */
  next: StoreTarget | undefined;
}

/** The identity that logs in on a user's behalf. */
export interface StoreAdministrator {
  user: string;
  password: SecretOctets;
}

/** `override`: what of the store's entry is another for the account. */
export type FindStore = (mailHost: string, override?: StoreOverride) => StoreTarget | undefined;

/** Gives the text of a file; throws where it cannot. */

/**
 * Makes the look-up from a route's mailHost to its store: by name, else by the entry `*`. Undefined where no entry
 * serves the protocol. Reads the files that the entries name at once, and throws where it cannot.
 */
export function storeFinder(stores: Stores, protocol: Protocol, readText: ReadText): FindStore {
  const named = new Map<string, StoreTarget | undefined>();
  let others: ((name: string) => StoreTarget | undefined) | undefined;
  for (const [name, entry] of Object.entries(stores)) {
    const target = targetOf(entry, protocol, readText);
    if (name === "*") others = target;
    else named.set(storeName(name), target(storeName(name)));
  }
  const overridden = protocol === "imap" ? "imapPort" : "pop3Port";
  return (mailHost, override) => {
    const name = storeName(mailHost);
    const target = named.has(name) ? named.get(name) : others?.(name);
    const port = override?.[overridden];
    return target === undefined || port === undefined ? target : atPort(target, port);
  };
}

/** A mailHost as stores are compared: in lower case, an IPv6 address without brackets, a name without the root's dot. */
const storeName = (mailHost: string): string =>
  bareAddress(mailHost.toLowerCase()).replace(/(?<=[^.])\.$/, "");

/** Brackets are a URL's way to write an IPv6 address: sockets and certificates have none. */
const bareAddress = (host: string): string => host.replace(/^\[(.*:.*)\]$/, "$1");

const atPort = (target: StoreTarget, port: number): StoreTarget => ({
  ...target,
  port,
  next: target.next && atPort(target.next, port),
});

/** What the targets of one entry share is made once: the name is all that differs below `*`. */
function targetOf(
  entry: StoreConfig,
  protocol: Protocol,
  readText: ReadText,
): (name: string) => StoreTarget | undefined {
  const service = entry[protocol];
  if (service === undefined) return () => undefined;
  const trust = service.tls === "none" ? undefined : trustOf(entry, readText);
  const shared = {
    port: service.port,
    startTls: service.tls === "starttls",
    implicitTls: service.tls === "implicit",
    proxyHeader: service.proxyProtocol === "v2",
    replay: entry.replay,
    forwardClient: entry.forwardClient,
    admin: entry.storeAdmin && readAdministrator(entry.storeAdmin, readText),
  };
  return (name) => {
    const tls = trust === undefined ? {} : { tls: { serverName: entry.serverName ?? name, trust } };
    const hosts = entry.address?.map(bareAddress) ?? [name];
    return hosts.reduceRight<StoreTarget | undefined>(
      (next, host) => ({ ...shared, name, host, next, ...tls }),
      undefined,
    );
  };
}

function trustOf(entry: StoreConfig, readText: ReadText): ClientTrust {
  const { caFile, certFile, keyFile, pinnedKey, verifyCertificate } = entry;
  return {
    verify: verifyCertificate,
    ...(caFile === undefined ? {} : { ca: readText(caFile) }),
    ...(certFile === undefined || keyFile === undefined
      ? {}
      : { certificate: { cert: readText(certFile), key: readText(keyFile) } }),
    ...(pinnedKey === undefined ? {} : { pinnedKey }),
  };
}

/** The administrator's name and the password of its file, without the line end. */
export const readAdministrator = (
  { user, passwordFile }: { user: string; passwordFile: string },
  readText: ReadText,
): StoreAdministrator => ({
  user,
  password: new SecretOctets(utf8Octets(readText(passwordFile).replace(/\r?\n$/, ""))),
});
