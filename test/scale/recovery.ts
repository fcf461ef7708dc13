import { createFeeds } from "../../edge-proxy/api-client/feeds.ts";
import { InstanceConfig } from "../../edge-proxy/config/instance.ts";
import { RouteCaches } from "../../edge-proxy/routing/caches.ts";
import { createRouting, type Routing } from "../../edge-proxy/routing/routing.ts";
import { Siblings } from "../../edge-proxy/siblings.ts";
import { Secret } from "../../route-api/contract/secret.ts";
import { EventClock } from "./event-clock.ts";
import { type Asked, SimulatedApi } from "./simulated-api.ts";

export interface RecoveryOptions {
  edges: number;
  /** Of each edge, in a second. */
  logins: number;
  /** Users who come back to the same edge again and again. */
  regulars: number;
  /** Share of the logins by users whom the edge does not know. */
  newShare: number;
  beforeSeconds: number;
  outageSeconds: number;
  afterSeconds: number;
}

export interface RecoveryReport {
  /** Requests of each kind in each tenth of a second, from the beginning. */
  asked: Record<Asked, number[]>;
  /** Logins that failed for now, of users whom the edge knew and of others. */
  failed: { known: number; others: number };
  /** When the last edge followed the change feed again, in seconds after the end of the outage. */
  followedSeconds: number;
}

/** How long a mail program waits until it tries again, in seconds. */
const RETRY_SECONDS = { least: 15, most: 45 };

/** Edges with their real routing, and a route API that is down for a while, in virtual time. */
export function simulateRecovery(options: RecoveryOptions): RecoveryReport {
  const { edges, logins, regulars, newShare, beforeSeconds, outageSeconds, afterSeconds } = options;
  const random = seeded(1);
  const clock = new EventClock();
  const tenths = Math.ceil((beforeSeconds + outageSeconds + afterSeconds) * 10) + 1;
  const count = (): number[] => new Array<number>(tenths).fill(0);
  const asked = { connection: count(), "look-up": count(), poll: count() };
  const api = new SimulatedApi(clock, (what) => {
    const at = Math.floor(clock.nowMs / 100);
    asked[what][at] = (asked[what][at] ?? 0) + 1;
  });
  const failed = { known: 0, others: 0 };
  const following = new Set<number>();
  let followedSeconds = Number.NaN;
  const backAtMs = (beforeSeconds + outageSeconds) * 1000;

  const edge = (number: number): Routing => {
    const shared = {
      transport: api.transport,
      timers: clock,
      report({ is }: { is: string }) {
        if (is !== "feed-followed" || clock.nowMs < backAtMs) return;
        following.add(number);
        if (following.size === edges) followedSeconds = (clock.nowMs - backAtMs) / 1000;
      },
    };
    const routing = createRouting(
      {
        name: "main",
        attributes: [],
        preAuth: { binds: 1, seconds: 1 },
        api: { urls: ["http://api"], token: new Secret("token") },
        cache: InstanceConfig.parse({ listeners: [{ protocol: "imap", port: 0 }] }).routeCache,
      },
      {
        ...shared,
        feeds: createFeeds({ ...shared, random }),
        caches: new RouteCaches(new Siblings(), clock),
      },
    );
    routing.start();
    return routing;
  };

  const login = (routing: Routing, name: string, isKnown: boolean): void =>
    routing.resolver.resolve(name, {
      resolved({ is }) {
        if (is === "route") return;
        failed[isKnown ? "known" : "others"]++;
        const { least, most } = RETRY_SECONDS;
        clock.after(least + random() * (most - least), () => login(routing, name, isKnown));
      },
    });
  let newUsers = 0;
  for (let number = 0; number < edges; number++) {
    const routing = edge(number);
    // All know their regulars at the beginning.
    for (let user = 0; user < regulars; user++)
      clock.after(random() * beforeSeconds * 0.5, () => login(routing, `user${user}`, true));
    const next = (): void => {
      const isNew = random() < newShare;
      const user = isNew ? `new${newUsers++}` : `user${Math.floor(random() * regulars)}`;
      login(routing, user, !isNew);
      clock.after(-Math.log(1 - random()) / logins, next);
    };
    clock.after(beforeSeconds * 0.5 + random(), next);
  }

  clock.runUntil(beforeSeconds * 1000);
  api.stop();
  clock.runUntil(backAtMs);
  api.isUp = true;
  clock.runUntil(backAtMs + afterSeconds * 1000);
  return { asked, failed, followedSeconds };
}

/** Numbers from 0 to 1 that look random, the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
