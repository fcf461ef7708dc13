import type { ListenerConfig } from "../config/listener.ts";
import { isWithin, type Network, parseNetwork } from "../guard/network.ts";
import { NO_PLACE } from "../guard/tally.ts";
import type { EndReason, SessionRecord } from "../observe/session-record.ts";
import { newRecord, noteFailure } from "../observe/session-record.ts";
import type { LiveSession } from "../observe/session-registry.ts";
import { denialOf, type SessionServices } from "../session/services.ts";
import { type Admitted, startSession } from "../session/session.ts";
import { plainAddress } from "../transport/ip-address.ts";
import type {
  Addresses,
  Connection,
  Listener,
  ListenerTls,
  Receiver,
  Transport,
} from "../transport/transport.ts";
import { ProxyGate } from "./proxy-gate.ts";

/** Settings for new connections of a listener; a reload replaces them as a whole. */
export interface ListenerSettings {
  config: ListenerConfig;
  services: SessionServices;
  tls: ListenerTls;
}

/** What becomes of a new connection: it is only told that there are too many, or closed without a word. */
export type Entrance = "admitted" | "refused" | "dropped";

/** Who counts the connections, and is told of them. */
export interface Admission {
  enter(): Entrance;
  /** A connection that has entered is closed without a word. */
  dropped(): void;
  started(session: LiveSession): void;
  /** A connection was refused before it became a session. */
  refused(record: SessionRecord, reason: EndReason): void;
}

export interface OpenListener {
  readonly port: number;
  readonly settings: ListenerSettings;
  /** Puts other settings in force for new connections. Rejects, and changes nothing, where a certificate or CA cannot be used. */
  replace(settings: ListenerSettings): Promise<void>;
  /** Stops accepting; live connections stay. */
  close(): Promise<void>;
}

/** True where TLS begins behind a PROXY header: both may come in one segment. */
export const feedsTls = ({ tls, proxyProtocol }: ListenerConfig): boolean =>
  tls === "implicit" && proxyProtocol !== "none";

/** Opens a listener. Rejects with a ListenError where the address is not available. */
export async function openListener(
  transport: Transport,
  first: ListenerSettings,
  admission: Admission,
): Promise<OpenListener> {
  let settings = first;
  let trusted = networksOf(first.config);
  const { config } = first;
  const listener: Listener = await transport.listen({
    address: config.address,
    port: config.port,
    tls: feedsTls(config) ? "starttls" : config.tls,
    feedsTls: feedsTls(config),
    alpn: config.protocol,
    ...first.tls,
    accept: (connection) => accept(settings, trusted, connection, admission),
  });
  return {
    port: listener.port,
    get settings() {
      return settings;
    },
    async replace(next) {
      await listener.replaceTls(next.tls);
      settings = next;
      trusted = networksOf(next.config);
    },
    close: () => listener.close(),
  };
}

/** Returns the receiver of a new connection; undefined if the connection is to be dropped. */
function accept(
  settings: ListenerSettings,
  trusted: readonly Network[],
  connection: Connection,
  admission: Admission,
): Receiver | undefined {
  const entrance = admission.enter();
  if (entrance === "dropped") return undefined;
  const { config, services } = settings;
  return config.proxyProtocol === "none"
    ? admit(services, connection, connection, entrance, admission)
    : awaitHeader(settings, trusted, connection, entrance, admission);
}

/** Admits a connection whose client is known: `addresses` are its own. */
function admit(
  services: SessionServices,
  connection: Connection,
  addresses: Addresses,
  entrance: Exclude<Entrance, "dropped">,
  admission: Admission,
): Receiver | undefined {
  const own = services.forArrival?.(addresses) ?? services;
  const address = plainAddress(addresses.remoteAddress);
  const denial = denialOf(own, address, services.implicitTls);
  if (denial !== undefined) {
    const record = newRecord(own.instance, own.protocol, addresses);
    record.virtualDomain = own.policy.virtualDomain;
    noteFailure(record, { code: "access-denied", detail: denial });
    admission.refused(record, "access-denied");
    return undefined;
  }
  const admitted = admittedTo(own, address, entrance);
  if (admitted === undefined) {
    admission.dropped();
    return undefined;
  }
  const session = startSession(own, connection, addresses, admitted);
  admission.started(session);
  return session;
}

/** Holds a connection until its PROXY header says who the client is. */
function awaitHeader(
  { config, services }: ListenerSettings,
  trusted: readonly Network[],
  connection: Connection,
  entrance: Exclude<Entrance, "dropped">,
  admission: Admission,
): Receiver | undefined {
  const refuse = (from: Connection, detail: string): void => {
    const record = newRecord(services.instance, services.protocol, from);
    noteFailure(record, { code: "proxy-header", detail });
    admission.refused(record, "proxy-header");
  };
  const peer = plainAddress(connection.remoteAddress);
  const isTrusted = trusted.some((network) => isWithin(network, peer));
  if (!isTrusted && config.proxyProtocol !== "optional") {
    refuse(connection, "the peer is not one of trustedProxies");
    return undefined;
  }
  return new ProxyGate(
    {
      wheel: services.wheel,
      versions: isTrusted ? config.proxyProtocol : "none",
      headerSeconds: services.limits.proxyHeaderSeconds,
      implicitTls: services.implicitTls,
      admit: (to, addresses) => admit(services, to, addresses, entrance, admission),
      refuse,
    },
    connection,
  );
}

/** Undefined where the client has been told often enough that it has too many connections. */
function admittedTo(
  { guard }: SessionServices,
  address: string,
  entrance: Exclude<Entrance, "dropped">,
): Admitted | undefined {
  if (entrance === "refused") return { place: NO_PLACE, refusal: "instance-limit" };
  const entry = guard.connect(address);
  switch (entry.is) {
    case "admitted":
      return entry;
    case "refused":
      return { place: entry.place, refusal: "client-limit" };
    case "dropped":
      return undefined;
    default:
      return entry satisfies never;
  }
}

const networksOf = ({ trustedProxies }: ListenerConfig): Network[] =>
  trustedProxies.map(parseNetwork).filter((network) => network !== undefined);
