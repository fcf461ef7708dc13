/** A metric as prom-client gives it away as JSON: text can be made of it, and those of several processes be added up. */
export interface MetricReading {
  name: string;
  help: string;
  type: "counter" | "gauge" | "histogram";
  /** How the values of several processes become one. */
  aggregator: "sum" | "max";
  values: { labels: Record<string, string | number>; value: number; metricName?: string }[];
}

type Values = MetricReading["values"];

export const counter = (name: string, help: string, values: Values): MetricReading => ({
  name,
  help,
  type: "counter",
  aggregator: "sum",
  values,
});

export const gauge = (
  name: string,
  help: string,
  values: Values,
  aggregator: MetricReading["aggregator"] = "sum",
): MetricReading => ({ name, help, type: "gauge", aggregator, values });

/** `read` names the samples after the metric: `_bucket`, `_sum` and `_count`. */
export const histogram = (name: string, help: string, read: (name: string) => Values): MetricReading => ({
  name,
  help,
  type: "histogram",
  aggregator: "sum",
  values: read(name),
});
