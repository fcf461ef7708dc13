import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";

/** What of a process's metrics stays true when it is gone: what it has counted, and not what it had. */
export const countersOf = (readings: readonly MetricReading[]): MetricReading[] =>
  readings.filter(({ type }) => type !== "gauge");

/**
 * What workers that are gone have counted. A sum over the workers would otherwise fall whenever one ends, and whoever
 * asks for a rate would take that for a restart of all.
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
