import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { Secret } from "../route-api/contract.ts";
import type { InstanceConfig, ListenerConfig, Protocol, Stores } from "./config.ts";
import { logSession } from "./observe/log.ts";
import type { SessionRegistry } from "./observe/session-registry.ts";
import type { Front, FrontProfile } from "./protocol/dialogue.ts";
import { createImapBack } from "./protocol/imap/back.ts";
import { createImapFront } from "./protocol/imap/front.ts";
import { createPop3Back } from "./protocol/pop3/back.ts";
import { createPop3Front } from "./protocol/pop3/front.ts";
import type { RelayBudget } from "./relay.ts";
import { createResolver } from "./routing/resolver.ts";
import { createRouteClient } from "./routing/route-client.ts";
import { storeFinder } from "./routing/stores.ts";
import { type SessionServices, startSession } from "./session.ts";
import type { TimerWheel } from "./timer-wheel.ts";
import type { Listener, ServerCertificate, Transport } from "./transport/transport.ts";

/** What all instances of a process share. */
export interface InstanceContext {
  transport: Transport;
  wheel: TimerWheel;
  budget: RelayBudget;
  sessions: SessionRegistry;
  routeApi: { url: string; token: Secret };
  stores: Stores;
  log: Logger;
}

export interface Instance {
  listeners: { config: ListenerConfig; port: number }[];
  /** Stops accepting; live sessions stay. */
  stopListening(): Promise<void>;
  /** Gives up its connection to the route API. */
  close(): void;
}

/** Mechanisms that a client may use as long as nothing else is configured. */
const MECHANISMS = ["PLAIN", "LOGIN"];

const readText = (path: string): string => readFileSync(path, "utf8");

/** Wires one instance: listeners to sessions, with its resolver, limits and log. Rejects when it cannot listen. */
export async function startInstance(
  name: string,
  config: InstanceConfig,
  context: InstanceContext,
): Promise<Instance> {
  const { transport, wheel } = context;
  const client = createRouteClient({
    transport,
    wheel,
    ...context.routeApi,
    lookupSeconds: config.routeCache.lookupSeconds,
  });
  const resolver = createResolver({ client, nowMs: () => wheel.nowMs, ...config.routeCache });
  const certificate = readCertificate(config);
  const listeners: { config: ListenerConfig; port: number; listener: Listener }[] = [];
  const stopListening = async (): Promise<void> => {
    await Promise.all(listeners.map(({ listener }) => listener.close()));
  };
  let connections = 0;

  try {
    for (const listenerConfig of config.listeners) {
      const services: SessionServices = {
        instance: name,
        protocol: listenerConfig.protocol,
        implicitTls: listenerConfig.tls === "implicit",
        limits: config.limits,
        defaultDomain: config.defaultDomain,
        transport,
        wheel,
        resolver,
        findStore: storeFinder(context.stores, listenerConfig.protocol, readText),
        relay: {
          wheel,
          budget: context.budget,
          clientBufferBytes: config.limits.relayBufferBytes,
          idleSeconds: idleSeconds(config, listenerConfig.protocol),
        },
        createFront: frontFactory(config, listenerConfig),
        createBack: BACKS[listenerConfig.protocol],
        onEnd(session, record, reason) {
          connections--;
          context.sessions.delete(session);
          logSession(context.log, record, reason, performance.now());
        },
      };
      const listener = await transport.listen({
        address: listenerConfig.address,
        port: listenerConfig.port,
        tls: listenerConfig.tls,
        ...(certificate === undefined ? {} : { certificate }),
        accept(connection) {
          if (connections >= config.limits.connections) return undefined;
          connections++;
          const session = startSession(services, connection);
          context.sessions.add(session);
          return session.receiver;
        },
      });
      listeners.push({ config: listenerConfig, port: listener.port, listener });
    }
  } catch (error) {
    await stopListening();
    client.close();
    throw error;
  }
  return { listeners, stopListening, close: () => client.close() };
}

const BACKS = { imap: createImapBack, pop3: createPop3Back };

const idleSeconds = ({ limits }: InstanceConfig, protocol: Protocol): number =>
  protocol === "imap" ? limits.imapIdleSeconds : limits.pop3IdleSeconds;

function readCertificate(config: InstanceConfig): ServerCertificate | undefined {
  const files = config.tls?.certificates[0];
  return files === undefined ? undefined : { cert: readText(files.certFile), key: readText(files.keyFile) };
}

function frontFactory(config: InstanceConfig, listener: ListenerConfig): () => Front {
  const profile: FrontProfile = {
    banner: config.banner,
    mechanisms: MECHANISMS,
    startTls: listener.tls === "starttls",
    allowPlaintextLogin: config.allowPlaintextLogin,
    limits: config.limits,
  };
  if (listener.protocol === "pop3") return () => createPop3Front(profile);
  const { imapCapabilities: capabilities, serverDownAlert } = config;
  return () => createImapFront({ ...profile, capabilities, serverDownAlert });
}
