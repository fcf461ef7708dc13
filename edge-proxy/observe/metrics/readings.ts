import type { RoutingCounters } from "../../api-client/counters.ts";
import type { GuardCounters } from "../../guard/counters.ts";
import { counter, gauge, type MetricReading } from "./reading.ts";

type Values = MetricReading["values"];

/** The counters of the route cache and the change feed, by instance. */
export function routingReadings(routing: Readonly<Record<string, RoutingCounters>>): MetricReading[] {
  const each = (read: (counters: RoutingCounters, instance: string) => Values): Values =>
    Object.entries(routing).flatMap(([instance, counters]) => read(counters, instance));
  const one = (read: (counters: RoutingCounters) => number): Values =>
    each((counters, instance) => [{ labels: { instance }, value: read(counters) }]);
  const verdicts = { hit: "hits", stale: "staleHits", negative: "negativeHits", miss: "misses" } as const;
  return [
    counter(
      "mmp_edge_route_cache_total",
      "Logins by what the route cache had: hit, stale, negative (known not to exist), miss.",
      each(({ routes }, instance) =>
        Object.entries(verdicts).map(([verdict, name]) => ({
          labels: { instance, verdict },
          value: routes[name],
        })),
      ),
    ),
    counter(
      "mmp_edge_route_lookups_total",
      "Look-ups at the route API.",
      one(({ routes }) => routes.lookups),
    ),
    counter(
      "mmp_edge_route_lookup_failures_total",
      "Look-ups without an answer.",
      one(({ routes }) => routes.failures),
    ),
    counter(
      "mmp_edge_route_api_pauses_total",
      "Times that look-ups were paused because the route API was unavailable.",
      one(({ routes }) => routes.circuitOpens),
    ),
    counter(
      "mmp_edge_route_evictions_total",
      "Routes dropped from the cache to make room.",
      one(({ routes }) => routes.evictions),
    ),
    gauge(
      "mmp_edge_route_cache_entries",
      "Cached routes.",
      one(({ routes }) => routes.entries),
    ),
    gauge(
      "mmp_edge_route_cache_bytes",
      "Estimated size of the cached routes.",
      one(({ routes }) => routes.bytes),
    ),
    counter(
      "mmp_edge_feed_changes_total",
      "Route changes received.",
      one(({ feed }) => feed.changes),
    ),
    counter(
      "mmp_edge_feed_gaps_total",
      "Times that route changes may have been missed.",
      one(({ feed }) => feed.gaps),
    ),
    counter(
      "mmp_edge_feed_reconnects_total",
      "Times that the change feed was lost and restored.",
      one(({ feed }) => feed.feedReconnects),
    ),
    gauge(
      "mmp_edge_feed_age_seconds",
      "Seconds since the route API last said which routes have changed.",
      one(({ feed }) => feed.ageSeconds),
      "max",
    ),
  ];
}

/** What limits and penalties have done, by instance. */
export function guardReadings(guard: Readonly<Record<string, GuardCounters>>): MetricReading[] {
  const entries = Object.entries(guard);
  const limits = {
    connections: "instanceLimit",
    connectionsPerClient: "clientLimit",
    loginsPerSecondPerClient: "loginRate",
    connectionsPerUser: "userLimit",
    attempts: "storeAttempts",
    sessions: "storeSessions",
  } as const;
  const one = (name: keyof GuardCounters): Values =>
    entries.map(([instance, counters]) => ({ labels: { instance }, value: counters[name] }));
  return [
    counter(
      "mmp_edge_limited_total",
      "Connections and logins refused because of a limit, by the limit's name in the configuration.",
      entries.flatMap(([instance, counters]) =>
        Object.entries(limits).map(([limit, name]) => ({
          labels: { instance, limit },
          value: counters[name],
        })),
      ),
    ),
    counter("mmp_edge_delayed_logins_total", "Logins delayed by a penalty.", one("delayedLogins")),
    counter(
      "mmp_edge_counted_failures_total",
      "Failed logins that count towards a penalty.",
      one("countedFailures"),
    ),
    counter(
      "mmp_edge_skipped_hosts_total",
      "Attempts not made because the store's host was failing.",
      one("storeSkipped"),
    ),
  ];
}

/** Memory that sessions hold, and how busy the process is. */
export const loadReadings = (
  held: { relay: number; login: number },
  loopDelaySeconds: number,
): MetricReading[] => [
  gauge("mmp_edge_held_bytes", "Memory held for slow clients (relay) and unfinished commands (login).", [
    { labels: { where: "relay" }, value: held.relay },
    { labels: { where: "login" }, value: held.login },
  ]),
  gauge(
    "mmp_edge_event_loop_delay_seconds",
    "Longest delay of the event loop in the last half minute or so.",
    [{ labels: {}, value: loopDelaySeconds }],
    "max",
  ),
];
