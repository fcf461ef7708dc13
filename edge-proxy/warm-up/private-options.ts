import type { Protocol } from "../../route-api/contract/protocols.ts";
import { Secret } from "../../route-api/contract/secret.ts";
import type { InstanceConfig } from "../config/instance.ts";
import type { Limits } from "../config/limits.ts";
import type { ListenerConfig } from "../config/listener.ts";
import type { StoreConfig, Stores } from "../config/stores.ts";
import type { EdgeOptions } from "../main.ts";
import { STORE } from "./route-api.ts";

const ADDRESS = "127.0.0.1";
/** All logins come from one client at one moment: what counts them does so, and lets them in. */
const ANY_NUMBER = 1_000_000;

/** The protocols of an edge's listeners, each once. */
export const protocolsOf = ({ instances }: EdgeOptions): Protocol[] => [
  ...new Set(Object.values(instances).flatMap(({ listeners }) => listeners.map(({ protocol }) => protocol))),
];

/**
 * Options of an edge that nobody else sees: those of the real one as far as possible, since compiled code is of use
 * only for objects with the same fields. It listens on loopback, lets in whom the mail store lets in, and writes no file.
 */
export function privateOptions(
  real: EdgeOptions,
  storePorts: ReadonlyMap<Protocol, number>,
  apiUrl: string,
): EdgeOptions {
  const { snapshotFile: _, ...edge } = real.edge;
  const instances = Object.entries(real.instances).map(([name, config]) => [name, privateInstance(config)]);
  return {
    ...real,
    edge,
    stores: privateStores(real.stores, storePorts),
    instances: Object.fromEntries(instances),
    routeApi: { urls: [apiUrl], token: new Secret("warm-up") },
  };
}

function privateInstance(config: InstanceConfig): InstanceConfig {
  const {
    virtualDomainFile: _,
    searchFormat: _1,
    replayFormat: _2,
    storeAdmin: _3,
    preAuthLogFile: _4,
    ...kept
  } = config;
  return {
    ...kept,
    listeners: config.listeners.flatMap(privateListeners),
    mechanisms: [...new Set(["PLAIN", "LOGIN", ...config.mechanisms] as const)],
    access: [],
    preAuth: false,
    allowPlaintextLogin: true,
    limits: privateLimits(config.limits),
  };
}

/** One without TLS too: a handshake costs more than the login behind it. */
function privateListeners(listener: ListenerConfig): ListenerConfig[] {
  const own = { ...listener, address: ADDRESS, port: 0, proxyProtocol: "none" } as const;
  return own.tls === "implicit" ? [own, { ...own, tls: "none" }] : [own];
}

const privateLimits = (limits: Limits): Limits => ({
  ...limits,
  connections: ANY_NUMBER,
  connectionsPerClientRanges: limits.connectionsPerClientRanges.map(({ range }) => ({
    range,
    connections: ANY_NUMBER,
  })),
  ...(limits.connectionsPerClient && { connectionsPerClient: ANY_NUMBER }),
  ...(limits.connectionsPerUser && { connectionsPerUser: ANY_NUMBER }),
  ...(limits.loginsPerSecondPerClient && { loginsPerSecondPerClient: ANY_NUMBER }),
});

function privateStores(stores: Stores, ports: ReadonlyMap<Protocol, number>): Stores {
  const [like] = Object.values(stores);
  if (like === undefined) return {};
  const { storeAdmin: _, ...kept } = like;
  const services = [...ports].map(([protocol, port]) => [
    protocol,
    { port, tls: "none", proxyProtocol: "none" },
  ]);
  const store: StoreConfig = {
    ...kept,
    ...Object.fromEntries(services),
    address: [ADDRESS],
    replay: "auto",
    attempts: ANY_NUMBER,
    ...(like.sessions && { sessions: ANY_NUMBER }),
  };
  return { [STORE]: store };
}
