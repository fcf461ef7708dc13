import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";

/** The metrics of a process that still count after it has ended: its counters, but not its gauges. */
export const countersOf = (readings: readonly MetricReading[]): MetricReading[] =>
  readings.filter(({ type }) => type !== "gauge");

/**
 * The counters of workers that have ended. Without them, the sum over all workers would drop whenever one ends, and a
 * rate made of it would take that for a restart.
 */
export class DepartedCounters {
  readonly #metrics = new Map<string, { reading: MetricReading; values: Map<string, Value> }>();

  /** `readings` are the last of a worker. */
  add(readings: readonly MetricReading[]): void {
    for (const reading of countersOf(readings)) {
      const metric = this.#metrics.get(reading.name) ?? { reading, values: new Map<string, Value>() };
      this.#metrics.set(reading.name, metric);
      for (const value of reading.values) {
        const key = JSON.stringify([value.metricName, value.labels]);
        const known = metric.values.get(key);
        metric.values.set(key, { ...value, value: value.value + (known?.value ?? 0) });
      }
    }
  }

  read(): MetricReading[] {
    return [...this.#metrics.values()].map(({ reading, values }) => ({
      ...reading,
      values: [...values.values()],
    }));
  }
}

type Value = MetricReading["values"][number];
