import type { Logger } from "pino";
import type { InstanceConfig } from "../../edge-proxy/config/instance.ts";
import type { MetricReading } from "../../edge-proxy/observe/metrics/reading.ts";
import { certificateDaysLeft } from "./certificate-days.ts";
import { EDGE_MEASUREMENTS, edgeMeasurer } from "./edge-measurements.ts";
import { LOG_LINES_DROPPED, reportMetrics } from "./embedded-metrics.ts";

/** What the metrics of an edge are taken from. */
export interface MeasuredEdge {
  /** All metrics of this process, as they are now. */
  readings(): MetricReading[];
  /** The instances in force. */
  readonly instances: Readonly<Record<string, InstanceConfig>>;
}

/** Names of all that is reported, each with the instance as its only dimension. */
export const EDGE_METRICS: readonly string[] = [
  ...EDGE_MEASUREMENTS,
  "CertificateDaysLeft",
  LOG_LINES_DROPPED,
];

/** Reports the edge in this process to CloudWatch, if configured: its metrics, and the days that certificates are valid. */
export function reportEdgeMetrics(log: Logger, instance: string | undefined, edge: MeasuredEdge): void {
  const measure = edgeMeasurer();
  reportMetrics(log, { Instance: instance ?? "all" }, () => {
    const days = certificateDaysLeft(edge.instances, Date.now());
    return {
      ...measure(edge.readings()),
      ...(days === undefined ? {} : { CertificateDaysLeft: { value: days, unit: "None" } }),
    };
  });
}
