import type { Protocol } from "../../route-api/contract/protocols.ts";
import { Secret } from "../../route-api/contract/secret.ts";
import { InstanceConfig } from "../config/instance.ts";
import { EdgeConfig } from "../config/limits.ts";
import { Stores } from "../config/stores.ts";
import type { EdgeOptions } from "../main.ts";
import { STORE } from "./route-api.ts";

/** All logins come from one client: what counts them does so, and lets them in. */
const ANY_NUMBER = 1_000_000;
const ADDRESS = "127.0.0.1";

/** The protocols of an edge's listeners, each once. */
export const protocolsOf = ({ instances }: EdgeOptions): Protocol[] => [
  ...new Set(Object.values(instances).flatMap(({ listeners }) => listeners.map(({ protocol }) => protocol))),
];

/**
 * Options of an edge that nobody else sees: the same protocols, with and without TLS if the real one has TLS, by the
 * same certificates. Limits by client and penalties are on, as far as they cost a login something; no file is written.
 */
export function privateOptions(
  real: EdgeOptions,
  storePorts: ReadonlyMap<Protocol, number>,
  apiUrl: string,
): EdgeOptions {
  const tls = Object.values(real.instances).find(({ tls }) => tls !== undefined)?.tls;
  const listeners = protocolsOf(real).flatMap((protocol) =>
    (tls === undefined ? (["none"] as const) : (["none", "implicit"] as const)).map((mode) => ({
      protocol,
      address: ADDRESS,
      port: 0,
      tls: mode,
    })),
  );
  const instance = InstanceConfig.parse({
    listeners,
    tls: tls && {
      certificates: tls.certificates,
      minimumVersion: tls.minimumVersion,
      ciphers: tls.ciphers,
    },
    allowPlaintextLogin: true,
    limits: {
      connectionsPerClient: ANY_NUMBER,
      connectionsPerUser: ANY_NUMBER,
      loginsPerSecondPerClient: ANY_NUMBER,
    },
    penalties: {},
  });
  const services = [...storePorts].map(([protocol, port]) => [protocol, { port, tls: "none" }]);
  return {
    version: real.version,
    edge: EdgeConfig.parse({ logLogins: real.edge.logLogins }),
    keepsHistory: real.keepsHistory,
    stores: Stores.parse({ [STORE]: { address: ADDRESS, ...Object.fromEntries(services) } }),
    instances: { "warm-up": instance },
    routeApi: { urls: [apiUrl], token: new Secret("warm-up") },
  };
}
