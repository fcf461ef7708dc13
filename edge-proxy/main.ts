import type { Logger } from "pino";
import type { Protocol } from "../route-api/contract/protocols.ts";
import type { RouteApiAccess } from "./api-client/addresses.ts";
import type { RoutingCounters } from "./api-client/counters.ts";
import { createFeeds } from "./api-client/feeds.ts";
import type { ReportRouting } from "./api-client/routing-event.ts";
import type { InstanceConfig } from "./config/instance.ts";
import type { EdgeConfig } from "./config/limits.ts";
import type { Stores } from "./config/stores.ts";
import type { TlsMode } from "./config/values.ts";
import type { GuardCounters } from "./guard/counters.ts";
import { Exchange } from "./guard/exchange.ts";
import { Kicks } from "./guard/kicks.ts";
import { createStoreGuard } from "./guard/store-guard.ts";
import { answerExplain } from "./instances/answer-explain.ts";
import { answerPenalties, applyAnnouncement } from "./instances/answer-penalties.ts";
import { answerProbe } from "./instances/answer-probe.ts";
import type { InstanceContext } from "./instances/context.ts";
import { entriesOf } from "./instances/entries.ts";
import type { Instance, InstanceSettings } from "./instances/instance.ts";
import { type InstanceFault, InstanceSet } from "./instances/instance-set.ts";
import { configurationDigest, edgeName } from "./observe/edge-identity.ts";
import { KeptLogins, type KeptLoginsSettings } from "./observe/kept-logins.ts";
import { LiveState } from "./observe/live-state.ts";
import { logRouting, logSnapshot, logStoreHost, logStoreProof } from "./observe/log.ts";
import { LoginCounts } from "./observe/login-counts.ts";
import { createEdgeMetrics } from "./observe/metrics/edge-metrics.ts";
import { LoopDelay } from "./observe/metrics/loop-delay.ts";
import type { MetricReading } from "./observe/metrics/reading.ts";
import {
  entriesReading,
  guardReadings,
  historyReadings,
  loadReadings,
  routingReadings,
} from "./observe/metrics/readings.ts";
import { createStoreReadings } from "./observe/metrics/store-readings.ts";
import { PenaltyAnnouncer } from "./observe/penalty-announcer.ts";
import { SessionHistory } from "./observe/session-history.ts";
import { processId } from "./observe/session-record.ts";
import { createSessionRegistry } from "./observe/session-registry.ts";
import { Traces } from "./observe/traces/traces.ts";
import { RouteCaches } from "./routing/caches.ts";
import { type SnapshotEvent, SnapshotKeeper, type SnapshotOptions } from "./routing/snapshot/keeper.ts";
import type { WorkerPlace } from "./routing/snapshot/places.ts";
import { recallRoutes } from "./routing/snapshot/recall.ts";
import { HeldBytes } from "./session/held-bytes.ts";
import { Siblings } from "./siblings.ts";
import { TimerWheel } from "./timer-wheel.ts";
import { runtimeTransport } from "./transport/runtime.ts";
import type { PortSharing } from "./transport/transport.ts";

/** A whole configuration, checked, with absolute file paths. */
export interface EdgeOptions {
  /** Of the program; the route API is told. */
  version: string;
  edge: EdgeConfig;
  /** Whether the route store keeps logins, for support. */
  keepsHistory: boolean;
  stores: Stores;
  instances: Record<string, InstanceConfig>;
  routeApi: RouteApiAccess;
}

/** A process among others of the host that listen at the same ports. */
export interface EdgeWorker {
  place: WorkerPlace;
  siblings: Siblings;
  /** Shared by the workers of the host, and by nobody else; base64. */
  salt: string;
}

/** An address that the edge listens at. */
export interface EdgeListener {
  instance: string;
  protocol: Protocol;
  tls: TlsMode;
  address: string;
  port: number;
}

export interface Edge {
  readonly listeners: EdgeListener[];
  /** Number of live sessions. */
  readonly sessions: number;
  /** Counters of each instance's route cache and feed. */
  readonly routing: Record<string, RoutingCounters>;
  /** What each instance's limits and penalties have done. */
  readonly guard: Record<string, GuardCounters>;
  /** All metrics of this process, as they are now. */
  metrics(): MetricReading[];
  /** Instances whose settings are not in force, and why. */
  readonly faults: InstanceFault[];
  /**
   * Puts another configuration in force; live sessions keep theirs. An instance that cannot use its new settings keeps
   * the old ones, and `faults` names it.
   */
  reload(options: EdgeOptions): Promise<void>;
  /** Stops accepting, and ends the sessions, spread over `seconds`; resolves when none is left. */
  drain(seconds: number): Promise<void>;
  /** Ends everything at once. */
  stop(): Promise<void>;
}

/**
 * Starts the configured instances in this process; `faults` names those that could not start. `firstPorts` says how it
 * takes the ports that it begins with.
 */
export async function startEdge(
  options: EdgeOptions,
  log: Logger,
  worker?: EdgeWorker,
  firstPorts: PortSharing = worker === undefined ? "claimed" : "joined",
): Promise<Edge> {
  const wheel = new TimerWheel();
  const { place, siblings } = worker ?? { place: ALONE, siblings: new Siblings() };
  const sessions = createSessionRegistry();
  let sharing = firstPorts;
  const transport = await runtimeTransport();
  const report: ReportRouting = (event) => logRouting(log, event);
  const snapshots = {
    place,
    id: processId,
    timers: wheel,
    random: Math.random,
    report: (event: SnapshotEvent) => logSnapshot(log, event),
  };
  const snapshot = snapshotOf(options.edge);
  const recalled = snapshot && (await recallRoutes(snapshot, options.routeApi, { ...snapshots, transport }));
  const caches = new RouteCaches(siblings, wheel, recalled?.routes);
  const metrics = createEdgeMetrics();
  const storeReadings = createStoreReadings();
  const loopDelay = new LoopDelay();
  const keeper = new SnapshotKeeper(snapshots, () => caches.all(), recalled?.files);
  const counts = new LoginCounts();
  const history = new SessionHistory(options.edge.historyBytes);
  const kicks = new Kicks();
  const edge = edgeName();
  const traces = new Traces({ edge, timers: wheel, log, send: (report) => live.send(report) });
  const kept = new KeptLogins({
    edge,
    timers: wheel,
    send: (report) => live.send(report),
    settings: keptSettings(options),
  });
  const announcer = new PenaltyAnnouncer({ edge, timers: wheel, send: (report) => live.send(report) });
  const context: InstanceContext = {
    // Always shared: an edge can only be taken over if its ports are.
    transport: { ...transport, listen: (listener) => transport.listen({ ...listener, sharing }) },
    caches,
    stores: createStoreGuard({
      timers: wheel,
      random: Math.random,
      report: (host, change) => logStoreHost(log, host, change),
      reportProof: (host, proof) => logStoreProof(log, host, proof),
    }),
    siblings,
    exchange: new Exchange(siblings, wheel),
    announce: announcer.announce,
    salt: worker && Buffer.from(worker.salt, "base64"),
    wheel,
    feeds: createFeeds({
      transport,
      timers: wheel,
      report,
      random: Math.random,
      questions: {
        edge,
        asked: (questions, answered) => live.asked(questions, answered),
        missed: (heldAccounts) => live.missed(heldAccounts),
      },
    }),
    report,
    sessions,
    metrics,
    counts,
    history,
    kept,
    kicks,
    traces,
    log,
    relayBudget: new HeldBytes(options.edge.relayBytes),
    loginBudget: new HeldBytes(options.edge.loginBytes),
    settings: { logLogins: options.edge.logLogins },
  };
  const set = new InstanceSet(context);
  const instances = set.running;
  const live = new LiveState({
    edge,
    version: options.version,
    access: options.routeApi,
    transport,
    timers: wheel,
    random: Math.random,
    log,
    sessions,
    counts,
    history,
    kept,
    kicks,
    traces,
    explain: (selection) => answerExplain(edge, instances, selection),
    probe: (question) => answerProbe(instances, question),
    penalties: (ask, selection, id) => answerPenalties(instances, ask, selection, id),
    penaltyAnnounced: (question) => applyAnnouncement(instances, edge, question),
    failingHosts: () => context.stores.health.failing(),
    ignoringStores: () => context.stores.proofs.ignoring,
    listeners: () =>
      [...instances].flatMap(([instance, { listeners }]) =>
        listeners.map(({ config: { protocol } }) => ({ instance, protocol })),
      ),
    domains: () => [...instances.values()].flatMap(({ domains }) => domains),
  });

  const stopListening = async (): Promise<void> => {
    await set.stopRetrying();
    await Promise.all([...instances.values()].map((instance) => instance.stopListening()));
  };
  const stop = async (): Promise<void> => {
    await stopListening();
    sessions.stop();
    await keeper.close();
    for (const instance of instances.values()) instance.close();
    loopDelay.stop();
    announcer.close();
    await kept.end();
    await live.end();
    wheel.stop();
  };

  const routing = (): Record<string, RoutingCounters> =>
    Object.fromEntries([...instances].map(([name, instance]) => [name, instance.routing]));
  const guard = (): Record<string, GuardCounters> =>
    Object.fromEntries([...instances].map(([name, instance]) => [name, instance.guard.counters]));
  const held = () => ({ relay: context.relayBudget.usedBytes, login: context.loginBudget.usedBytes });

  await set.apply(settingsOf(options));
  if (worker === undefined) sharing = "claimed";
  keeper.keep(snapshot);
  live.changed(options.routeApi, digestOf(options));
  return {
    get sessions() {
      return sessions.size;
    },
    get listeners() {
      return [...instances].flatMap(([name, instance]) => listenersOf(name, instance));
    },
    get routing() {
      return routing();
    },
    get guard() {
      return guard();
    },
    get faults() {
      return set.faults;
    },
    metrics: () => [
      ...metrics.read(sessions.all()),
      ...routingReadings(routing()),
      ...guardReadings(guard()),
      ...storeReadings(context.stores.places.inUse(), context.stores.health.failing()),
      ...historyReadings(kept.counters),
      ...loadReadings(held(), loopDelay.seconds),
      entriesReading({
        ...entriesOf(context, instances.values()),
        questions: live.questions,
        "logins-to-keep": kept.waiting,
      }),
    ],
    stop,
    async reload(next) {
      await set.apply(settingsOf(next));
      context.relayBudget.limitBytes = next.edge.relayBytes;
      context.loginBudget.limitBytes = next.edge.loginBytes;
      context.settings.logLogins = next.edge.logLogins;
      history.limitBytes = next.edge.historyBytes;
      kept.settings = keptSettings(next);
      keeper.keep(snapshotOf(next.edge));
      live.changed(next.routeApi, digestOf(next));
    },
    async drain(seconds) {
      // Whoever stops the process may not wait until the last session has ended.
      void keeper.write();
      live.drain();
      await stopListening();
      await sessions.drain(seconds);
      await stop();
    },
  };
}

const ALONE: WorkerPlace = { index: 0, workers: 1 };

const snapshotOf = ({
  snapshotFile: path,
  snapshotSeconds: seconds,
}: EdgeConfig): SnapshotOptions | undefined => (path === undefined ? undefined : { path, seconds });

const keptSettings = ({ edge, keepsHistory }: EdgeOptions): KeptLoginsSettings => ({
  keeps: keepsHistory,
  queue: edge.historyQueue,
  sendSeconds: edge.historySeconds,
  clients: edge.historyClients,
});

const digestOf = ({ version: _, ...configuration }: EdgeOptions): string =>
  configurationDigest(configuration);

const settingsOf = ({ instances, stores, routeApi }: EdgeOptions): Record<string, InstanceSettings> =>
  Object.fromEntries(Object.entries(instances).map(([name, config]) => [name, { config, stores, routeApi }]));

const listenersOf = (name: string, { listeners }: Instance): EdgeListener[] =>
  listeners.map(({ config: { protocol, tls, address }, port }) => ({
    instance: name,
    protocol,
    tls,
    address,
    port,
  }));
