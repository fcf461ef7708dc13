import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";
import type { Measurement } from "./embedded-metrics.ts";
import { quantile } from "./quantile.ts";

/** How a metric's samples become one number: their sum, the increase of that sum since the last reading, or the largest. */
interface Taken {
  of: string;
  as: "sum" | "rise" | "largest";
  unit: Measurement["unit"];
  /** Only samples with one of these values of a label. */
  only?: { label: string; values: readonly string[] };
}

/** Outcomes that are the store's fault, not the user's. */
const STORE_FAULTS = ["store-connect", "store-tls", "store-timeout", "store-closed"];
const LOGIN_SECONDS = "mmp_edge_login_seconds";
const LOGIN_QUANTILE = 0.99;

/** CloudWatch charges for each of these, for every instance, so they are not broken down by store or error code. */
const TAKEN = {
  Sessions: { of: "mmp_edge_sessions", as: "sum", unit: "Count" },
  Logins: { of: "mmp_edge_logins_total", as: "rise", unit: "Count" },
  LoginFailures: { of: "mmp_edge_login_failures_total", as: "rise", unit: "Count" },
  LimitedLogins: { of: "mmp_edge_limited_total", as: "rise", unit: "Count" },
  StoreFaults: {
    of: "mmp_edge_store_attempts_total",
    as: "rise",
    unit: "Count",
    only: { label: "outcome", values: STORE_FAULTS },
  },
  StoreHostsFailing: { of: "mmp_edge_store_host_failing", as: "sum", unit: "Count" },
  StoreLoginsWaiting: { of: "mmp_edge_store_logins_waiting", as: "sum", unit: "Count" },
  RouteCacheMisses: {
    of: "mmp_edge_route_cache_total",
    as: "rise",
    unit: "Count",
    only: { label: "verdict", values: ["miss"] },
  },
  RouteLookupFailures: { of: "mmp_edge_route_lookup_failures_total", as: "rise", unit: "Count" },
  FeedAge: { of: "mmp_edge_feed_age_seconds", as: "largest", unit: "Seconds" },
  BytesFromClients: {
    of: "mmp_edge_bytes_total",
    as: "rise",
    unit: "Bytes",
    only: { label: "from", values: ["client"] },
  },
  BytesFromStores: {
    of: "mmp_edge_bytes_total",
    as: "rise",
    unit: "Bytes",
    only: { label: "from", values: ["store"] },
  },
  HeldBytes: { of: "mmp_edge_held_bytes", as: "sum", unit: "Bytes" },
  EventLoopDelay: { of: "mmp_edge_event_loop_delay_seconds", as: "largest", unit: "Seconds" },
  MemoryBytes: { of: "mmp_edge_memory_bytes", as: "sum", unit: "Bytes" },
  OpenFiles: { of: "mmp_edge_open_files", as: "sum", unit: "Count" },
  DescriptorsExhausted: { of: "mmp_edge_descriptors_exhausted_total", as: "rise", unit: "Count" },
} as const satisfies Record<string, Taken>;

/** Absent if nobody has logged in since the last reading. */
const LOGIN_P99 = "LoginP99";

export type EdgeMeasurement = keyof typeof TAKEN | typeof LOGIN_P99;
/** The names of all measurements of an edge. */
export const EDGE_MEASUREMENTS = [...Object.keys(TAKEN), LOGIN_P99] as readonly EdgeMeasurement[];

/** Turns the metrics that Prometheus would scrape into CloudWatch's. Keeps the last reading, because CloudWatch gets increases. */
export function edgeMeasurer(): (
  readings: readonly MetricReading[],
) => Partial<Record<EdgeMeasurement, Measurement>> {
  let before = new Map<string, number>();
  return (readings) => {
    const byName = new Map(readings.map((reading) => [reading.name, reading]));
    const now = new Map<string, number>();
    const rise = (name: string, value: number): number => {
      now.set(name, value);
      return value - (before.get(name) ?? 0);
    };
    const measured: Partial<Record<EdgeMeasurement, Measurement>> = {};
    for (const [name, taken] of Object.entries<Taken>(TAKEN)) {
      const values = samples(byName.get(taken.of), taken.only);
      const sum = values.reduce((total, value) => total + value, 0);
      const value =
        taken.as === "largest" ? Math.max(0, ...values) : taken.as === "sum" ? sum : rise(name, sum);
      measured[name as EdgeMeasurement] = { value, unit: taken.unit };
    }
    const buckets = (byName.get(LOGIN_SECONDS)?.values ?? []).flatMap(({ labels, metricName, value }) =>
      labels.step === "total" && metricName === `${LOGIN_SECONDS}_bucket`
        ? [{ bound: Number(labels.le), count: rise(`${LOGIN_SECONDS} ${labels.le}`, value) }]
        : [],
    );
    const p99 = quantile(LOGIN_QUANTILE, buckets);
    if (p99 !== undefined) measured[LOGIN_P99] = { value: p99, unit: "Seconds" };
    before = now;
    return measured;
  };
}

const samples = (reading: MetricReading | undefined, only: Taken["only"]): number[] =>
  (reading?.values ?? []).flatMap(({ labels, value }) =>
    only === undefined || only.values.includes(String(labels[only.label])) ? [value] : [],
  );
