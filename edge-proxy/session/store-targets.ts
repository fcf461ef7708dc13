import type { Protocol } from "../../route-api/contract/protocols.ts";
import type { StoreOverride } from "../../route-api/contract/routes.ts";
import type { StoreAdmin, StoreConfig, Stores } from "../config/stores.ts";
import type { StoreGuardSettings } from "../guard/store-guard.ts";
import type { StoreHost } from "../guard/store-health.ts";
import type { ProofTimes } from "../guard/store-proofs.ts";
import type { ReadText } from "../identity/map-files.ts";
import type { BackTask } from "../protocol/dialogue.ts";
import { type Octets, SecretOctets, utf8Octets } from "../protocol/octets.ts";
import type { ClientTls, ClientTrust } from "../transport/transport.ts";

/** An ordinary user of a store. */
export interface ProbeAccount {
  user: Octets;
  password: SecretOctets;
}

/** How to reach a mail store by one protocol, and how to log in there. */
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
  /** In place of the policy's. */
  admin: StoreAdministrator | undefined;
  proofTimes: ProofTimes;
  /** What the store may take up, and when its hosts are skipped. */
  guard: StoreGuardSettings;
  /** The same store's next address, for when this one fails. */
  next: StoreTarget | undefined;
}

/** The identity that logs in on a user's behalf. */
export interface StoreAdministrator {
  user: Octets;
  password: SecretOctets;
  /** An ordinary user to try stores with, before the administrator logs in there. */
  probe: ProbeAccount | undefined;
}

/** How credentials go over: the administrator's, too, by what the store offers. */
export const backReplay = (replay: StoreTarget["replay"]): BackTask["replay"] =>
  replay === "admin" ? "auto" : replay;

/** The address of a target, as health and proofs are kept by. */
export const storeHost = ({ name: store, host, port }: StoreTarget): StoreHost => ({ store, host, port });

/** `override`: settings in which the account differs from its store. */
export type FindStore = (mailHost: string, override?: StoreOverride) => StoreTarget | undefined;

/**
 * Returns the look-up from a route's mailHost to its store: by name, else by the entry `*`; undefined where no entry
 * serves the protocol. Reads the files that the entries name; throws where it cannot.
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
  const find = (mailHost: string): StoreTarget | undefined => {
    const name = storeName(mailHost);
    return named.has(name) ? named.get(name) : others?.(name);
  };
  return (mailHost, override) => {
    // Mostly it is written as stores are compared.
    const target = named.get(mailHost) ?? find(mailHost);
    const port = override?.[overridden];
    return target === undefined || port === undefined ? target : atPort(target, port);
  };
}

/** A mailHost in the form in which stores are compared: lower case, IPv6 without brackets, no dot at the end of a name. */
const storeName = (mailHost: string): string =>
  bareAddress(mailHost.toLowerCase()).replace(/(?<=[^.])\.$/, "");

/** URLs write an IPv6 address in brackets; sockets and certificates do not. */
const bareAddress = (host: string): string => host.replace(/^\[(.*:.*)\]$/, "$1");

const atPort = (target: StoreTarget, port: number): StoreTarget => ({
  ...target,
  port,
  next: target.next && atPort(target.next, port),
});

/** Targets of the entry `*` differ only in their name; what they share is made once. */
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
    proofTimes: {
      adminProbeSeconds: entry.adminProbeSeconds,
      adminProbeRetrySeconds: entry.adminProbeRetrySeconds,
    },
    guard: {
      attempts: entry.attempts,
      attemptWaitSeconds: entry.attemptWaitSeconds,
      sessions: entry.sessions ?? Number.POSITIVE_INFINITY,
      lostSessionsSeconds: entry.lostSessionsSeconds,
      breaker: { failures: entry.breakerFailures, openSeconds: entry.breakerOpenSeconds },
    },
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
  const { caFile, certFile, keyFile, pinnedKey, verifyCertificate, minimumVersion, ciphers } = entry;
  return {
    verify: verifyCertificate,
    policy: { minimumVersion, ciphers },
    ...(caFile === undefined ? {} : { ca: readText(caFile) }),
    ...(certFile === undefined || keyFile === undefined
      ? {}
      : { certificate: { cert: readText(certFile), key: readText(keyFile) } }),
    ...(pinnedKey === undefined ? {} : { pinnedKey }),
  };
}

/** The administrator, with the password from its file, without the line end. */
export const readAdministrator = ({ probe, ...own }: StoreAdmin, readText: ReadText): StoreAdministrator => ({
  ...readAccount(own, readText),
  probe: probe && readAccount(probe, readText),
});

const readAccount = (
  { user, passwordFile }: Omit<StoreAdmin, "probe">,
  readText: ReadText,
): ProbeAccount => ({
  user: utf8Octets(user),
  password: new SecretOctets(utf8Octets(readText(passwordFile).replace(/\r?\n$/, ""))),
});
