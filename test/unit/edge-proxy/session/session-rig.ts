import pino from "pino";
import { onTestFinished, vi } from "vitest";
import type { ClaimsAnswer, RouteAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import { createFeeds } from "../../../../edge-proxy/api-client/feeds.ts";
import type { Report } from "../../../../edge-proxy/api-client/reports.ts";
import { InstanceConfig } from "../../../../edge-proxy/config/instance.ts";
import { Stores } from "../../../../edge-proxy/config/stores.ts";
import { ClientGuard } from "../../../../edge-proxy/guard/client-guard.ts";
import { Exchange } from "../../../../edge-proxy/guard/exchange.ts";
import { Kicks } from "../../../../edge-proxy/guard/kicks.ts";
import { madeUpSalts } from "../../../../edge-proxy/guard/made-up-salts.ts";
import { createStoreGuard, type StoreGuard } from "../../../../edge-proxy/guard/store-guard.ts";
import type { InstanceContext } from "../../../../edge-proxy/instances/context.ts";
import { guardSettings } from "../../../../edge-proxy/instances/guard-settings.ts";
import { sessionServices } from "../../../../edge-proxy/instances/session-wiring.ts";
import { KeptLogins } from "../../../../edge-proxy/observe/kept-logins.ts";
import { LoginCounts } from "../../../../edge-proxy/observe/login-counts.ts";
import { createEdgeMetrics } from "../../../../edge-proxy/observe/metrics/edge-metrics.ts";
import { SessionHistory } from "../../../../edge-proxy/observe/session-history.ts";
import type { SessionRecord } from "../../../../edge-proxy/observe/session-record.ts";
import { createSessionRegistry } from "../../../../edge-proxy/observe/session-registry.ts";
import { Traces } from "../../../../edge-proxy/observe/traces/traces.ts";
import type { PasswordChecker } from "../../../../edge-proxy/pre-auth/checker.ts";
import { RouteCaches } from "../../../../edge-proxy/routing/caches.ts";
import { Holds } from "../../../../edge-proxy/routing/holds.ts";
import type { Resolver, RouteSource } from "../../../../edge-proxy/routing/resolver.ts";
import { Decoys } from "../../../../edge-proxy/session/decoys.ts";
import { HeldBytes } from "../../../../edge-proxy/session/held-bytes.ts";
import { readPolicies } from "../../../../edge-proxy/session/login-policy.ts";
import type { SessionServices } from "../../../../edge-proxy/session/services.ts";
import { storeFinder } from "../../../../edge-proxy/session/store-targets.ts";
import { Siblings } from "../../../../edge-proxy/siblings.ts";
import { TimerWheel } from "../../../../edge-proxy/timer-wheel.ts";
import { FakeTransport } from "../transport/fake-transport.ts";

export interface RigOptions {
  protocol?: "imap" | "pop3";
  /** How TLS begins. */
  tls?: "none" | "starttls" | "implicit";
  /** Further fields of the listener, and of the instance. */
  listener?: object;
  instance?: object;
  stores?: object;
  /** Answers of the route API, at once; every other name is unknown. */
  routes?: Readonly<Record<string, RouteAnswer>>;
  /** Answers where it is asked anew; by default the same. */
  routesAnew?: Readonly<Record<string, RouteAnswer>>;
  /** Answers to searches. */
  searched?: RouteAnswer;
  /** What is said of who claims a name; by default each of the routes claims its account. */
  claims?: ClaimsAnswer;
  /** Texts of files. */
  files?: Readonly<Record<string, string>>;
  preAuth?: Pick<PasswordChecker, "check" | "note">;
  loginBytes?: number;
  /** Stores are tried before an administrator logs in there; by default they are known to obey. */
  triesStores?: boolean;
}

/** How a session ended, or a connection that never became one. */
export interface Ending {
  reason: string;
  record: SessionRecord;
}

export interface Rig {
  services: SessionServices;
  transport: FakeTransport;
  wheel: TimerWheel;
  config: InstanceConfig;
  loginBudget: HeldBytes;
  /** Login names and searches that the route API was asked for. */
  asked: unknown[];
  ended: Ending[];
  kicks: Kicks;
  holds: Holds;
  traces: Traces;
  /** What the route API was told. */
  told: Report[];
  /** What was seen of stores. */
  proofs: string[];
  /** Lets time pass. */
  passes(seconds: number): void;
}

/** What sessions of a listener share, with the real fronts, backs, policies and timers, but no network and no API. */
export function makeRig(options: RigOptions = {}): Rig {
  vi.useFakeTimers();
  const wheel = new TimerWheel();
  onTestFinished(() => {
    wheel.stop();
    vi.useRealTimers();
  });
  const transport = new FakeTransport();
  const asked: unknown[] = [];
  const ended: Ending[] = [];
  const proofs: string[] = [];
  const loginBudget = new HeldBytes(options.loginBytes ?? 1_000_000);
  const { protocol = "imap", tls = "none" } = options;
  const config = InstanceConfig.parse({
    listeners: [{ protocol, port: 0, tls, ...options.listener }],
    allowPlaintextLogin: true,
    ...options.instance,
  });
  const readText = (path: string): string => options.files?.[path] ?? "";
  const policies = readPolicies(config, readText);
  const sourceOf = (routes: RigOptions["routes"]): RouteSource => ({
    resolve(login, waiter) {
      asked.push(login);
      waiter.resolved(routes?.[login] ?? { is: "unknown" });
    },
    search(search, waiter) {
      asked.push(search);
      waiter.resolved(options.searched ?? { is: "unknown" });
    },
  });
  const resolver: Resolver = {
    ...sourceOf(options.routes),
    anew: sourceOf(options.routesAnew ?? options.routes),
    cached: () => undefined,
    claims(wanted, waiter) {
      asked.push(wanted);
      waiter.claimed(options.claims ?? claimsOf(options, wanted.names));
    },
  };
  const report = (): void => {};
  const siblings = new Siblings();
  const kicks = new Kicks();
  const holds = new Holds();
  const told: Report[] = [];
  const traces = new Traces({
    edge: "host:1",
    timers: wheel,
    log: pino({ enabled: false }),
    send(sent) {
      told.push(sent);
      sent.settled(true);
    },
  });
  const stores = createStoreGuard({
    timers: wheel,
    random: () => 0.5,
    report: () => {},
    reportProof: ({ store }, { is }) => void proofs.push(`${store} ${is}`),
  });
  const context: InstanceContext = {
    transport,
    wheel,
    feeds: createFeeds({ transport, timers: wheel, report, random: () => 0 }),
    report,
    caches: new RouteCaches(siblings, wheel),
    stores: options.triesStores === true ? stores : { ...stores, proofs: OBEYED },
    siblings,
    exchange: new Exchange(siblings, wheel),
    salt: undefined,
    sessions: createSessionRegistry(),
    metrics: createEdgeMetrics(),
    counts: new LoginCounts(),
    kicks,
    traces,
    history: new SessionHistory(1_000_000),
    announce: () => {},
    kept: new KeptLogins({
      edge: "host:1",
      timers: wheel,
      send: () => {},
      settings: { keeps: false, queue: 1, sendSeconds: 1, clients: 1 },
    }),
    log: pino({ enabled: false }),
    relayBudget: new HeldBytes(1_000_000),
    loginBudget,
    settings: { logLogins: false },
  };
  const guard = new ClientGuard("main", { ...context, timers: wheel });
  guard.apply(guardSettings(config));
  const configured = Stores.parse(options.stores ?? { "*": { [protocol]: { port: 1143, tls: "none" } } });
  const [listener] = config.listeners;
  if (listener === undefined) throw new Error("no listener");
  const services = sessionServices(
    {
      instance: "main",
      config,
      policies,
      context,
      findStore: {
        imap: storeFinder(configured, "imap", readText),
        pop3: storeFinder(configured, "pop3", readText),
      },
      resolverFor: () => resolver,
      preAuthFor: () => options.preAuth,
      decoys: new Decoys(madeUpSalts("secret"), new Map(), () => 0),
      holds,
      guard,
      readText,
      ended: (record, reason) => void ended.push({ record, reason }),
    },
    listener,
  );
  const passes = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1000 + 200);
  return {
    services,
    transport,
    wheel,
    config,
    loginBudget,
    asked,
    ended,
    kicks,
    holds,
    proofs,
    traces,
    told,
    passes,
  };
}

const OBEYED: StoreGuard["proofs"] = {
  ignoring: [],
  prove: (_host, _times, _probe, proved) => proved({ is: "obeys" }),
};

function claimsOf({ routes = {}, searched }: RigOptions, names: readonly string[]): ClaimsAnswer {
  const known = [...Object.values(routes), ...(searched === undefined ? [] : [searched])];
  return {
    is: "claims",
    entries: known.flatMap((answer) => {
      if (answer.is !== "route") return [];
      const { uuid, account, override, attributes } = answer.route;
      const claims = names.includes(account) || names.includes(override?.user ?? "");
      return [{ uuid, dn: `cn=${account}`, account, override, attributes, claims }];
    }),
  };
}
