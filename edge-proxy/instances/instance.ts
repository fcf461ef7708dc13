import { readFileSync } from "node:fs";
import type { Protocol } from "../../route-api/contract/protocols.ts";
import type { RouteApiAccess } from "../api-client/addresses.ts";
import type { RoutingCounters } from "../api-client/counters.ts";
import type { InstanceConfig } from "../config/instance.ts";
import type { ListenerConfig } from "../config/listener.ts";
import { LOOKUP_MAX_SECONDS } from "../config/route-cache.ts";
import type { Stores } from "../config/stores.ts";
import { unprovedStores, unprovedText } from "../config/unproved-stores.ts";
import { ClientGuard } from "../guard/client-guard.ts";
import { madeUpSalts } from "../guard/made-up-salts.ts";
import { replayedAttributes } from "../identity/replay-format.ts";
import { logSession } from "../observe/log.ts";
import type { EndReason, SessionRecord } from "../observe/session-record.ts";
import { createPasswordCheckers, type PasswordCheckers } from "../pre-auth/checkers.ts";
import { createRouting, type Routing, type RoutingOptions } from "../routing/routing.ts";
import { Decoys, type SeenChallenges } from "../session/decoys.ts";
import { type LoginPolicies, readPolicies } from "../session/login-policy.ts";
import type { SessionServices } from "../session/services.ts";
import { storeFinder } from "../session/store-targets.ts";
import { unsharedTickets } from "../transport/ticket-keys.ts";
import type { ListenerTls } from "../transport/transport.ts";
import type { InstanceContext } from "./context.ts";
import { guardSettings } from "./guard-settings.ts";
import { type Admission, type ListenerSettings, type OpenListener, openListener } from "./listener.ts";
import { changeListeners, listenerPlace } from "./listener-changes.ts";
import { type InstanceParts, sessionServices } from "./session-wiring.ts";
import { readTls } from "./tls-files.ts";

/** The parts of the configuration that concern an instance. */
export interface InstanceSettings {
  config: InstanceConfig;
  stores: Stores;
  routeApi: RouteApiAccess;
}

export interface Instance {
  readonly listeners: { config: ListenerConfig; port: number }[];
  /** Domains that it appends to login names without one: its own, and those of its virtual domains. */
  readonly domains: readonly string[];
  /** Reads and checks the files that the settings name; throws where one cannot be used. Changes nothing. */
  prepare(settings: InstanceSettings): PreparedReload;
  /** What sessions use, of its first listener for the protocol; for any protocol where that is undefined. */
  servicesFor(protocol: Protocol | undefined): SessionServices | undefined;
  readonly routing: RoutingCounters;
  readonly guard: ClientGuard;
  /** Stops accepting; live sessions stay. */
  stopListening(): Promise<void>;
  /** Closes its connections to the route API once every waiting login has been answered. */
  retire(): void;
  /** Closes them at once. */
  close(): void;
}

export interface PreparedReload {
  /** Puts the settings in force; live sessions keep theirs. Rejects where an address is not available. */
  apply(): Promise<void>;
}

/** Connections beyond the limit that are told so at the same time: under TLS that costs a handshake. */
const REFUSALS_MAX = 256;

const NO_TLS: ListenerTls = { certificates: [] };

const readText = (path: string): string => readFileSync(path, "utf8");

/** Starts an instance: wires its listeners to sessions, with its resolver, limits and log. Rejects where it cannot listen. */
export async function startInstance(
  name: string,
  settings: InstanceSettings,
  context: InstanceContext,
): Promise<Instance> {
  let limit = settings.config.limits.connections;
  let connections = 0;
  let routing: Routing | undefined;
  let checkers: PasswordCheckers | undefined;
  const challenges: SeenChallenges = new Map();
  let open = new Map<string, OpenListener>();
  let appended: readonly string[] = [];

  const guard = new ClientGuard(name, {
    timers: context.wheel,
    siblings: context.siblings,
    exchange: context.exchange,
    salt: context.salt,
    announce: context.announce,
  });
  const ended = (record: SessionRecord, reason: EndReason): void => {
    connections--;
    context.metrics.ended(record, reason);
    const nowMs = performance.now();
    context.history.add(record, reason, nowMs);
    logSession(context.log, record, reason, nowMs);
  };
  const admission: Admission = {
    enter() {
      if (connections >= limit) guard.counters.instanceLimit++;
      if (connections >= limit + REFUSALS_MAX) return "dropped";
      connections++;
      return connections <= limit ? "admitted" : "refused";
    },
    dropped: () => void connections--,
    started: (session) => context.sessions.add(session),
    refused(record, reason) {
      context.metrics.started(record);
      for (const failure of record.failures ?? []) context.metrics.loginFailed(record, failure);
      ended(record, reason);
    },
  };

  function prepare({ config, stores, routeApi }: InstanceSettings): PreparedReload & { routing: Routing } {
    const policies = readPolicies(config, readText);
    const nextRouting = createRouting(
      routingOptions(name, config, policies, routeApi),
      { ...context, timers: context.wheel },
      routing,
    );
    const domains = policies.domains.map(({ domain }) => domain);
    const tls = readTls(config, domains, readText);
    const nextCheckers = createPasswordCheckers(
      {
        config,
        policies: [policies.own, ...policies.domains.map(({ policy }) => policy)],
        client: nextRouting.preAuthClient,
        timers: context.wheel,
        log: context.log,
      },
      checkers,
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
      preAuthFor: (policy) => nextCheckers.for(policy),
      readText,
      decoys: new Decoys(madeUpSalts(routeApi.token.reveal()), challenges),
      holds: nextRouting.holds,
      guard,
      ended,
    };
    for (const [index, listener] of config.listeners.entries()) {
      const services = sessionServices(parts, listener);
      wanted.set(listenerPlace(listener, index), {
        config: listener,
        services,
        tls: listener.tls === "none" ? NO_TLS : tls,
      });
    }
    const apply = async (): Promise<void> => {
      open = await changeListeners(open, wanted, (next) => openListener(context.transport, next, admission));
      limit = config.limits.connections;
      guard.apply(guardSettings(config));
      appended = defaultDomains(policies);
      const unproved = unprovedStores(config, stores);
      if (unproved.length > 0) context.log.warn({ instance: name }, unprovedText(unproved));
      const unshared = tls.tickets && unsharedTickets(tls.needsServerName === true);
      if (unshared !== undefined) context.log.warn({ instance: name }, unshared);
      nextRouting.start();
      if (nextRouting !== routing) routing?.retire();
      routing = nextRouting;
      checkers?.flush();
      checkers = nextCheckers;
    };
    return { routing: nextRouting, apply };
  }

  const close = (): void => {
    routing?.close();
    checkers?.flush();
    guard.close();
  };
  const prepared = prepare(settings);
  const first = prepared.routing;
  await prepared.apply();
  return {
    get listeners() {
      return [...open.values()].map(({ settings: { config }, port }) => ({ config, port }));
    },
    get domains() {
      return appended;
    },
    servicesFor(protocol) {
      const fits = [...open.values()].find(
        ({ settings: { config } }) => protocol === undefined || config.protocol === protocol,
      );
      if (fits === undefined) return undefined;
      const { config, services } = fits.settings;
      return services.forArrival?.({ localAddress: config.address, localPort: fits.port }) ?? services;
    },
    prepare,
    stopListening: async () =>
      void (await Promise.all([...open.values()].map((listener) => listener.close()))),
    get routing() {
      return (routing ?? first).counters;
    },
    guard,
    retire: () => context.wheel.set({ due: -1, expire: close }, LOOKUP_MAX_SECONDS),
    close,
  };
}

const defaultDomains = ({ own, domains }: LoginPolicies): string[] =>
  [own, ...domains.map(({ policy }) => policy)]
    .map(({ names }) => names.defaultDomain)
    .filter((domain) => domain !== "");

/** Routes must include the attributes that any ReplayFormat uses. */
function routingOptions(
  name: string,
  { routeCache: cache, limits }: InstanceConfig,
  { own, domains }: LoginPolicies,
  api: RouteApiAccess,
): RoutingOptions {
  const formats = [own, ...domains.map(({ policy }) => policy)].flatMap(
    ({ replayFormat }) => replayFormat ?? [],
  );
  const attributes = [...new Set(formats.flatMap(replayedAttributes))].sort();
  const preAuth = { binds: limits.preAuthBinds, seconds: limits.preAuthSeconds };
  return { name, api, cache, attributes, preAuth };
}
