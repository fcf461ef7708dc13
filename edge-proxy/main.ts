import type { Logger } from "pino";
import type { InstanceConfig } from "./config/instance.ts";
import type { EdgeConfig } from "./config/limits.ts";
import type { Stores } from "./config/stores.ts";
import type { Protocol, TlsMode } from "./config/values.ts";
import { HeldBytes } from "./held-bytes.ts";
import { type Instance, type InstanceContext, startInstance } from "./instance.ts";
import { logRouting } from "./observe/log.ts";
import { createSessionRegistry } from "./observe/session-registry.ts";
import type { RouteApiAccess } from "./routing/api-address.ts";
import type { RouteCounters } from "./routing/counters.ts";
import { createFeeds } from "./routing/feeds.ts";
import type { ReportRouting } from "./routing/routing-event.ts";
import { TimerWheel } from "./timer-wheel.ts";
import { runtimeTransport } from "./transport/runtime.ts";

/** A whole configuration, checked, with file paths made absolute. */
export interface EdgeOptions {
  edge: EdgeConfig;
  stores: Stores;
  instances: Record<string, InstanceConfig>;
  routeApi: RouteApiAccess;
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
  readonly listeners: EdgeListener[];
  /** Live sessions. */
  readonly sessions: number;
  /** What the route cache of each instance does. */
  readonly routeCounters: Record<string, RouteCounters>;
  /**
   * Puts another configuration in force; live sessions keep what they began with. Rejects where it cannot be used;
   * then, unless an address was the reason, nothing has changed.
   */
  reload(options: EdgeOptions): Promise<void>;
  /** Stops accepting and ends the sessions, spread over `seconds`; resolves when none is left. */
  drain(seconds: number): Promise<void>;
  /** Ends everything at once. */
  stop(): Promise<void>;
}

/** Starts the configured instances in this process. Rejects with one clear error when one cannot start. */
export async function startEdge(options: EdgeOptions, log: Logger): Promise<Edge> {
  const wheel = new TimerWheel();
  const sessions = createSessionRegistry();
  const transport = await runtimeTransport();
  const report: ReportRouting = (event) => logRouting(log, event);
  const context: InstanceContext = {
    transport,
    wheel,
    feeds: createFeeds({ transport, timers: wheel, report, random: Math.random }),
    report,
    sessions,
    log,
    relayBudget: new HeldBytes(options.edge.relayBytes),
    loginBudget: new HeldBytes(options.edge.loginBytes),
  };
  const instances = new Map<string, Instance>();

  const stopListening = async (): Promise<void> => {
    await Promise.all([...instances.values()].map((instance) => instance.stopListening()));
  };
  const stop = async (): Promise<void> => {
    await stopListening();
    sessions.stop();
    for (const instance of instances.values()) instance.close();
    wheel.stop();
  };
  const start = async (
    { instances: configs, stores, routeApi }: EdgeOptions,
    names: string[],
  ): Promise<void> => {
    for (const name of names) {
      const config = configs[name];
      if (config === undefined) continue;
      instances.set(name, await startInstance(name, { config, stores, routeApi }, context));
    }
  };

  try {
    await start(options, Object.keys(options.instances));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    get sessions() {
      return sessions.size;
    },
    get listeners() {
      return [...instances].flatMap(([name, instance]) => listenersOf(name, instance));
    },
    get routeCounters() {
      return Object.fromEntries([...instances].map(([name, { routeCounters }]) => [name, routeCounters]));
    },
    stop,
    async reload(next) {
      const { instances: configs, stores, routeApi } = next;
      const kept = Object.entries(configs).flatMap(([name, config]) => {
        const instance = instances.get(name);
        return instance === undefined ? [] : [instance.prepare({ config, stores, routeApi })];
      });
      await start(
        next,
        Object.keys(configs).filter((name) => !instances.has(name)),
      );
      for (const prepared of kept) await prepared.apply();
      context.relayBudget.limitBytes = next.edge.relayBytes;
      context.loginBudget.limitBytes = next.edge.loginBytes;
      for (const [name, instance] of instances) {
        if (configs[name] !== undefined) continue;
        await instance.stopListening();
        instances.delete(name);
      }
    },
    async drain(seconds) {
      await stopListening();
      await sessions.drain(seconds);
      await stop();
    },
  };
}

const listenersOf = (name: string, { listeners }: Instance): EdgeListener[] =>
  listeners.map(({ config: { protocol, tls, address }, port }) => ({
    instance: name,
    protocol,
    tls,
    address,
    port,
  }));
