import pino from "pino";
import { onTestFinished, vi } from "vitest";
import type { RouteAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import { createFeeds } from "../../../../edge-proxy/api-client/feeds.ts";
import { InstanceConfig } from "../../../../edge-proxy/config/instance.ts";
import { Stores } from "../../../../edge-proxy/config/stores.ts";
import type { InstanceContext } from "../../../../edge-proxy/instances/context.ts";
import { sessionServices } from "../../../../edge-proxy/instances/session-wiring.ts";
import type { SessionRecord } from "../../../../edge-proxy/observe/session-record.ts";
import { createSessionRegistry } from "../../../../edge-proxy/observe/session-registry.ts";
import type { PasswordChecker } from "../../../../edge-proxy/pre-auth/checker.ts";
import { RouteCaches } from "../../../../edge-proxy/routing/caches.ts";
import type { Resolver } from "../../../../edge-proxy/routing/resolver.ts";
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
  /** Answers to searches. */
  searched?: RouteAnswer;
  /** Texts of files. */
  files?: Readonly<Record<string, string>>;
  preAuth?: PasswordChecker;
  loginBytes?: number;
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
  const loginBudget = new HeldBytes(options.loginBytes ?? 1_000_000);
  const { protocol = "imap", tls = "none" } = options;
  const config = InstanceConfig.parse({
    listeners: [{ protocol, port: 0, tls, ...options.listener }],
    allowPlaintextLogin: true,
    ...options.instance,
  });
  const readText = (path: string): string => options.files?.[path] ?? "";
  const policies = readPolicies(config, readText);
  const resolver: Resolver = {
    resolve(login, waiter) {
      asked.push(login);
      waiter.resolved(options.routes?.[login] ?? { is: "unknown" });
    },
    search(search, waiter) {
      asked.push(search);
      waiter.resolved(options.searched ?? { is: "unknown" });
    },
  };
  const report = (): void => {};
  const context: InstanceContext = {
    transport,
    wheel,
    feeds: createFeeds({ transport, timers: wheel, report, random: () => 0 }),
    report,
    caches: new RouteCaches(new Siblings(), wheel),
    sessions: createSessionRegistry(),
    log: pino({ enabled: false }),
    relayBudget: new HeldBytes(1_000_000),
    loginBudget,
  };
  const stores = Stores.parse(options.stores ?? { "*": { [protocol]: { port: 1143, tls: "none" } } });
  const [listener] = config.listeners;
  if (listener === undefined) throw new Error("no listener");
  const services = sessionServices(
    {
      instance: "main",
      config,
      policies,
      context,
      findStore: {
        imap: storeFinder(stores, "imap", readText),
        pop3: storeFinder(stores, "pop3", readText),
      },
      resolverFor: () => resolver,
      preAuthFor: () => options.preAuth,
      readText,
      ended: (record, reason) => void ended.push({ record, reason }),
    },
    listener,
  );
  const passes = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1000 + 200);
  return { services, transport, wheel, config, loginBudget, asked, ended, passes };
}
