import type { FeedCounters, RouteCounters, RoutingCounters } from "../../api-client/counters.ts";
import type { GuardCounters } from "../../guard/counters.ts";
import type { KeptLoginsCounters } from "../kept-logins.ts";
import { counter, gauge, type MetricReading } from "./reading.ts";

type Values = MetricReading["values"];

const VERDICTS = { hit: "hits", stale: "staleHits", negative: "negativeHits", miss: "misses" } as const;

const ROUTE_COUNTERS: readonly [name: string, help: string, field: keyof RouteCounters][] = [
  ["mmp_edge_route_lookups_total", "Look-ups at the route API.", "lookups"],
  ["mmp_edge_route_lookup_failures_total", "Look-ups without an answer.", "failures"],
  [
    "mmp_edge_route_api_pauses_total",
    "Times that look-ups were paused: the route API was unavailable.",
    "circuitOpens",
  ],
  ["mmp_edge_route_evictions_total", "Routes dropped from the cache to make room.", "evictions"],
];
const ROUTE_GAUGES: readonly [name: string, help: string, field: keyof RouteCounters][] = [
  ["mmp_edge_route_cache_entries", "Cached routes.", "entries"],
  ["mmp_edge_route_cache_bytes", "Estimated size of the cached routes.", "bytes"],
];
const FEED_COUNTERS: readonly [name: string, help: string, field: keyof FeedCounters][] = [
  ["mmp_edge_feed_changes_total", "Route changes received.", "changes"],
  ["mmp_edge_feed_gaps_total", "Times that route changes may have been missed.", "gaps"],
  ["mmp_edge_feed_reconnects_total", "Times that the change feed was lost and restored.", "feedReconnects"],
];
const GUARD_COUNTERS: readonly [name: string, help: string, field: keyof GuardCounters][] = [
  ["mmp_edge_delayed_logins_total", "Logins delayed by a penalty.", "delayedLogins"],
  ["mmp_edge_counted_failures_total", "Failed logins that count towards a penalty.", "countedFailures"],
  ["mmp_edge_skipped_hosts_total", "Attempts not made because the store's host was failing.", "storeSkipped"],
];
/** By their names in the configuration. */
const LIMITS = {
  connections: "instanceLimit",
  connectionsPerClient: "clientLimit",
  loginsPerSecondPerClient: "loginRate",
  connectionsPerUser: "userLimit",
  attempts: "storeAttempts",
  sessions: "storeSessions",
} as const satisfies Record<string, keyof GuardCounters>;

/** The counters of the route cache and the change feed, by instance. */
export function routingReadings(routing: Readonly<Record<string, RoutingCounters>>): MetricReading[] {
  const each = (read: (counters: RoutingCounters) => number): Values =>
    Object.entries(routing).map(([instance, counters]) => ({ labels: { instance }, value: read(counters) }));
  return [
    counter(
      "mmp_edge_route_cache_total",
      "Logins by what the route cache had: hit, stale, negative (known not to exist), miss.",
      Object.entries(routing).flatMap(([instance, { routes }]) =>
        byLabel(instance, "verdict", VERDICTS, routes),
      ),
    ),
    ...ROUTE_COUNTERS.map(([name, help, field]) =>
      counter(
        name,
        help,
        each(({ routes }) => routes[field]),
      ),
    ),
    ...ROUTE_GAUGES.map(([name, help, field]) =>
      gauge(
        name,
        help,
        each(({ routes }) => routes[field]),
      ),
    ),
    ...FEED_COUNTERS.map(([name, help, field]) =>
      counter(
        name,
        help,
        each(({ feed }) => feed[field]),
      ),
    ),
    gauge(
      "mmp_edge_held_logins",
      "Logins waiting because their account or store is on hold.",
      each(({ holds }) => holds.waiting),
    ),
    gauge(
      "mmp_edge_feed_age_seconds",
      "Seconds since the route API last said which routes have changed.",
      each(({ feed }) => feed.ageSeconds),
      "max",
    ),
  ];
}

/** What limits and penalties have done, by instance. */
export function guardReadings(guard: Readonly<Record<string, GuardCounters>>): MetricReading[] {
  const entries = Object.entries(guard);
  return [
    counter(
      "mmp_edge_limited_total",
      "Connections and logins refused because of a limit, by the limit's name in the configuration.",
      entries.flatMap(([instance, counters]) => byLabel(instance, "limit", LIMITS, counters)),
    ),
    ...GUARD_COUNTERS.map(([name, help, field]) =>
      counter(
        name,
        help,
        entries.map(([instance, counters]) => ({ labels: { instance }, value: counters[field] })),
      ),
    ),
  ];
}

/** How much the process remembers, by what it is; a leak shows here first. */
export const entriesReading = (entries: Readonly<Record<string, number>>): MetricReading =>
  gauge(
    "mmp_edge_entries",
    "Entries in memory, by what they are.",
    Object.entries(entries).map(([of, value]) => ({ labels: { of }, value })),
  );

/** What became of the logins that the route store is to keep. */
export const historyReadings = ({ accepted, dropped }: KeptLoginsCounters): MetricReading[] => [
  counter(
    "mmp_edge_history_logins_total",
    "Logins for the route store to keep: accepted by the route API, or dropped because it did not accept them or too many were waiting.",
    Object.entries({ accepted, dropped }).map(([outcome, value]) => ({ labels: { outcome }, value })),
  ),
];

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

/** A value for each value of a label, from the field that stands for it. */
const byLabel = <F extends string>(
  instance: string,
  label: string,
  fields: Readonly<Record<string, F>>,
  counters: Readonly<Record<F, number>>,
): Values =>
  Object.entries(fields).map(([value, field]) => ({
    labels: { instance, [label]: value },
    value: counters[field],
  }));
