import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { RouteApiAccess } from "../api-client/addresses.ts";
import type { RoutingCounters } from "../api-client/counters.ts";
import type { InstanceConfig } from "../config/instance.ts";
import type { ListenerConfig } from "../config/listener.ts";
import { LOOKUP_MAX_SECONDS } from "../config/route-cache.ts";
import type { Stores } from "../config/stores.ts";
import { replayedAttributes } from "../identity/replay-format.ts";
import { logSession } from "../observe/log.ts";
import type { EndReason, SessionRecord } from "../observe/session-record.ts";
import type { SessionRegistry } from "../observe/session-registry.ts";
import { createPreAuths, type PreAuths } from "../pre-auth/checkers.ts";
import { createRouting, type Routing, type RoutingContext, type RoutingOptions } from "../routing/routing.ts";
import type { HeldBytes } from "../session/held-bytes.ts";
import { type LoginPolicies, readPolicies } from "../session/login-policy.ts";
import { storeFinder } from "../session/store-targets.ts";
import type { TimerWheel } from "../timer-wheel.ts";
import type { ListenerTls } from "../transport/transport.ts";
import {
  type Admission,
  canReplace,
  type ListenerSettings,
  type OpenListener,
  openListener,
} from "./listener.ts";
import { type InstanceParts, listenerServices } from "./session-wiring.ts";
import { readTls } from "./tls-files.ts";

/** What all instances of a process share. */
export interface InstanceContext extends RoutingContext {
  wheel: TimerWheel;
  relayBudget: HeldBytes;
  loginBudget: HeldBytes;
  sessions: SessionRegistry;
  log: Logger;
}

/** What of the configuration concerns an instance. */
export interface InstanceSettings {
  config: InstanceConfig;
  stores: Stores;
  routeApi: RouteApiAccess;
}

export interface Instance {
  readonly listeners: { config: ListenerConfig; port: number }[];
  /** Reads the files that the settings name, and checks that they can be used; throws where not. Changes nothing. */
  prepare(settings: InstanceSettings): PreparedReload;
  readonly routing: RoutingCounters;
  /** Stops accepting; live sessions stay. */
  stopListening(): Promise<void>;
  /** Gives up its connections to the route API when those that wait have been answered. */
  retire(): void;
  /** The same at once. */
  close(): void;
}

export interface PreparedReload {
  /** Puts the settings in force; live sessions keep what they began with. Rejects where an address cannot be had. */
  apply(): Promise<void>;
}

const NO_TLS: ListenerTls = { certificates: [] };

const readText = (path: string): string => readFileSync(path, "utf8");

/** Wires one instance: listeners to sessions, with its resolver, limits and log. Rejects when it cannot listen. */
export async function startInstance(
  name: string,
  settings: InstanceSettings,
  context: InstanceContext,
): Promise<Instance> {
  let limit = settings.config.limits.connections;
  let connections = 0;
  let routing: Routing | undefined;
  let preAuths: PreAuths | undefined;
  let open = new Map<string, OpenListener>();

  const ended = (record: SessionRecord, reason: EndReason): void => {
    connections--;
    logSession(context.log, record, reason, performance.now());
  };
  const admission: Admission = {
    enter() {
      if (connections >= limit) return false;
      connections++;
      return true;
    },
    started: (session) => context.sessions.add(session),
    refused: ended,
  };

  function prepare({ config, stores, routeApi }: InstanceSettings): PreparedReload & { routing: Routing } {
    const policies = readPolicies(config, readText);
    const nextRouting = createRouting(routingOptions(config, policies, routeApi), context, routing);
    const bySni = policies.domains.some(({ domain: { place } }) => place.by.startsWith("sni"));
    const tls = readTls(config, bySni, readText);
    const nextPreAuths = createPreAuths(
      {
        config,
        policies: [policies.own, ...policies.domains.map(({ policy }) => policy)],
        client: nextRouting.preAuthClient,
        timers: context.wheel,
        log: context.log,
      },
      preAuths,
    );
    const wanted = new Map<string, ListenerSettings>();
    const parts: InstanceParts = {
      instance: name,
      config,
      policies,
      context,
      findStore: {
        imap: storeFinder(stores, "imap", readText),
        pop3: storeFinder(stores, "pop3", readText),
      },
      resolverFor: ({ virtualDomain = "", routes }) =>
        routes === undefined ? nextRouting.resolver : nextRouting.resolverFor(virtualDomain, routes),
      preAuthFor: (policy) => nextPreAuths.for(policy),
      readText,
      ended,
    };
    for (const [index, listener] of config.listeners.entries()) {
      const services = listenerServices(parts, listener);
      wanted.set(placeOf(listener, index), {
        config: listener,
        services,
        tls: listener.tls === "none" ? NO_TLS : tls,
      });
    }
    const apply = async (): Promise<void> => {
      open = await changeListeners(open, wanted, (next) => openListener(context.transport, next, admission));
      limit = config.limits.connections;
      nextRouting.start();
      if (nextRouting !== routing) routing?.retire();
      routing = nextRouting;
      preAuths?.flush();
      preAuths = nextPreAuths;
    };
    return { routing: nextRouting, apply };
  }

  const close = (): void => {
    routing?.close();
    preAuths?.flush();
  };
  const prepared = prepare(settings);
  const first = prepared.routing;
  await prepared.apply();
  return {
    get listeners() {
      return [...open.values()].map(({ settings: { config }, port }) => ({ config, port }));
    },
    prepare,
    stopListening: async () =>
      void (await Promise.all([...open.values()].map((listener) => listener.close()))),
    get routing() {
      return (routing ?? first).counters;
    },
    retire: () => context.wheel.set({ due: -1, expire: close }, LOOKUP_MAX_SECONDS),
    close,
  };
}

/** How routes are asked for: with what of the entry any ReplayFormat takes. */
function routingOptions(
  { routeCache: cache, limits }: InstanceConfig,
  { own, domains }: LoginPolicies,
  api: RouteApiAccess,
): RoutingOptions {
  const formats = [own, ...domains.map(({ policy }) => policy)].flatMap(
    ({ replayFormat }) => replayFormat ?? [],
  );
  const attributes = [...new Set(formats.flatMap(replayedAttributes))].sort();
  return { api, cache, attributes, preAuth: { binds: limits.preAuthBinds, seconds: limits.preAuthSeconds } };
}

/** What tells one listener from another: a free port is another one each time. */
const placeOf = ({ address, port }: ListenerConfig, index: number): string =>
  port === 0 ? `${address} free ${index}` : `${address} ${port}`;

/** A listener that is opened anew stays where it was, whichever port it had taken. */
const atPort = (settings: ListenerSettings, port: number): ListenerSettings => ({
  ...settings,
  config: { ...settings.config, port },
});

/** Opens what is new, goes over where that can be done, and closes what is no longer wanted. */
async function changeListeners(
  before: ReadonlyMap<string, OpenListener>,
  wanted: ReadonlyMap<string, ListenerSettings>,
  open: (settings: ListenerSettings) => Promise<OpenListener>,
): Promise<Map<string, OpenListener>> {
  const after = new Map<string, OpenListener>();
  const fresh: OpenListener[] = [];
  try {
    for (const [place, settings] of wanted) {
      if (before.has(place)) continue;
      const listener = await open(settings);
      fresh.push(listener);
      after.set(place, listener);
    }
  } catch (error) {
    await Promise.all(fresh.map((listener) => listener.close()));
    throw error;
  }
  for (const [place, listener] of before) {
    const settings = wanted.get(place);
    if (settings !== undefined && canReplace(listener.settings, settings)) {
      await listener.replace(settings);
      after.set(place, listener);
    } else {
      await listener.close();
      if (settings !== undefined) after.set(place, await open(atPort(settings, listener.port)));
    }
  }
  return after;
}
