import type { Logger } from "pino";
import type { Secret } from "../route-api/contract.ts";
import type { InstanceConfig, Protocol, Stores, TlsMode } from "./config.ts";
import { type Instance, startInstance } from "./instance.ts";
import { createSessionRegistry } from "./observe/session-registry.ts";
import { TimerWheel } from "./timer-wheel.ts";
import { runtimeTransport } from "./transport/runtime.ts";

/** A whole configuration, checked, with file paths made absolute. */
export interface EdgeOptions {
  stores: Stores;
  instances: Record<string, InstanceConfig>;
  routeApi: { url: string; token: Secret };
  log: Logger;
}

/** One address that the edge listens on. */
export interface EdgeListener {
  instance: string;
  protocol: Protocol;
  tls: TlsMode;
  address: string;
  port: number;
}

export interface Edge {
  listeners: EdgeListener[];
  /** Stops accepting and ends the sessions, spread over `seconds`; resolves when none is left. */
  drain(seconds: number): Promise<void>;
  /** Ends everything at once. */
  stop(): Promise<void>;
}

/** What all sessions together may hold for slow clients, in bytes. */
const PROCESS_RELAY_BUFFER_BYTES = 256 * 1024 * 1024;

/** Starts the configured instances in this process. Rejects with one clear error when one cannot start. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { stores, routeApi, log } = options;
  const wheel = new TimerWheel();
  const sessions = createSessionRegistry();
  const budget = { limitBytes: PROCESS_RELAY_BUFFER_BYTES, usedBytes: 0 };
  const transport = await runtimeTransport();
  const instances: [string, Instance][] = [];

  const stop = async (): Promise<void> => {
    await Promise.all(instances.map(([, instance]) => instance.stopListening()));
    sessions.stop();
    for (const [, instance] of instances) instance.close();
    wheel.stop();
  };

  try {
    for (const [name, config] of Object.entries(options.instances)) {
      const context = { transport, wheel, budget, sessions, routeApi, stores, log };
      instances.push([name, await startInstance(name, config, context)]);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    listeners: instances.flatMap(([instance, { listeners }]) =>
      listeners.map(({ config: { protocol, tls, address }, port }) => ({
        instance,
        protocol,
        tls,
        address,
        port,
      })),
    ),
    stop,
    async drain(seconds) {
      await Promise.all(instances.map(([, instance]) => instance.stopListening()));
      await sessions.drain(seconds);
      await stop();
    },
  };
}
