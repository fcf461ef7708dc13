import {
  EDGES_PATH,
  HEARTBEAT_LINES_MAX,
  HEARTBEAT_SECONDS,
  type Heartbeat,
} from "../../route-api/contract/edges.ts";
import { hostPortText } from "../../route-api/contract/host-port.ts";
import type { Protocol } from "../../route-api/contract/protocols.ts";
import type { Report } from "../api-client/reports.ts";
import type { StoreHost } from "../guard/store-health.ts";
import type { Timed, Timers } from "../timer-wheel.ts";
import { runtimeName } from "./edge-identity.ts";
import type { LoginCounts } from "./login-counts.ts";
import { processId } from "./session-record.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** What heartbeats tell of. */
export interface HeartbeatOptions {
  /** Name of this edge. */
  edge: string;
  version: string;
  timers: Timers;
  sessions: Pick<SessionRegistry, "all" | "size">;
  counts: Pick<LoginCounts, "take">;
  /** Addresses of stores that logins avoid at the moment. */
  failingHosts(): readonly StoreHost[];
  /** Stores that ignore SASL's authorisation id. */
  ignoringStores(): readonly string[];
  /** The listeners that there are, by instance. */
  listeners(): readonly { instance: string; protocol: Protocol }[];
  /** Domains that they append to login names without one. */
  domains(): readonly string[];
  send(report: Report): void;
}

/** The last heartbeat is worth this long at most: the process ends behind it, in seconds. */
const LAST_SECONDS = 1;

/** Tells the route API each half minute, and at each change of state, that this edge is there. */
export class Heartbeats implements Timed {
  due = -1;
  /** Digest of the configuration in force. */
  configuration = "";
  readonly #options: HeartbeatOptions;
  readonly #startedAt = new Date().toISOString();
  #state: Heartbeat["state"] = "running";
  #countedMs: number;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#countedMs = options.timers.nowMs;
  }

  /** Sends one now, and the next half a minute later. */
  beat(): void {
    this.#options.timers.set(this, HEARTBEAT_SECONDS);
    this.#send(HEARTBEAT_SECONDS, () => {});
  }

  drain(): void {
    this.#state = "draining";
    this.beat();
  }

  /** Sends the last one; resolves when it was accepted, or its time is over. */
  end(): Promise<void> {
    this.#state = "ended";
    this.#options.timers.clear(this);
    return new Promise((resolve) => this.#send(LAST_SECONDS, resolve));
  }

  expire(): void {
    this.beat();
  }

  #send(seconds: number, settled: () => void): void {
    const { edge, send } = this.#options;
    const path = `${EDGES_PATH}/${encodeURIComponent(edge)}`;
    send({ path, body: JSON.stringify(this.#heartbeat()), seconds, settled });
  }

  #heartbeat(): Heartbeat {
    const { version, timers, sessions, domains } = this.#options;
    const periodSeconds = (timers.nowMs - this.#countedMs) / 1000;
    this.#countedMs = timers.nowMs;
    return {
      incarnation: processId,
      version,
      runtime: runtimeName(),
      startedAt: this.#startedAt,
      state: this.#state,
      configuration: this.configuration,
      memoryBytes: process.memoryUsage().rss,
      sessions: sessions.size,
      periodSeconds,
      domains: [...new Set(domains())].slice(0, HEARTBEAT_LINES_MAX),
      ...this.#lines(),
    };
  }

  #lines(): Pick<Heartbeat, "instances" | "stores"> {
    const { sessions, listeners, counts, failingHosts, ignoringStores } = this.#options;
    const byListener = new Map<string, number>();
    for (const { instance, protocol } of listeners()) byListener.set(`${instance} ${protocol}`, 0);
    const stores = new Map<string, Heartbeat["stores"][number]>();
    const lineOf = (store: string): Heartbeat["stores"][number] => {
      const line = stores.get(store) ?? { store, sessions: 0, logins: 0, failures: 0, failing: [] };
      stores.set(store, line);
      return line;
    };
    for (const { record, stage } of sessions.all()) {
      const key = `${record.instance} ${record.protocol}`;
      byListener.set(key, (byListener.get(key) ?? 0) + 1);
      if (stage === "relay" && record.store !== undefined) lineOf(record.store).sessions++;
    }
    for (const [store, counted] of counts.take()) Object.assign(lineOf(store), counted);
    for (const { store, host, port } of failingHosts()) lineOf(store).failing.push(hostPortText(host, port));
    for (const store of ignoringStores()) lineOf(store).ignoresAuthorizationId = true;
    const instances = [...byListener].map(([key, count]) => {
      const [instance = "", protocol] = key.split(" ");
      return { instance, protocol: protocol as Protocol, sessions: count };
    });
    return { instances: mostSessionsFirst(instances), stores: mostSessionsFirst([...stores.values()]) };
  }
}

const mostSessionsFirst = <T extends { sessions: number }>(lines: readonly T[]): T[] =>
  lines.toSorted((a, b) => b.sessions - a.sessions).slice(0, HEARTBEAT_LINES_MAX);
