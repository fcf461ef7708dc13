import type { Logger } from "pino";

/** A value that is told, in units of CloudWatch's. */
export interface Measurement {
  value: number;
  unit: "Count" | "Seconds" | "None";
}

/** How often values are told, in milliseconds. */
const REPORT_MS = 60_000;

/**
 * Writes a line a minute of which CloudWatch Logs makes metrics (embedded metric format), where
 * MMP_METRICS_NAMESPACE names their namespace: no agent and no open port is needed for them.
 */
export function reportMetrics(
  log: Logger,
  dimensions: Record<string, string>,
  measure: () => Record<string, Measurement> | Promise<Record<string, Measurement>>,
): void {
  const namespace = process.env.MMP_METRICS_NAMESPACE;
  if (namespace === undefined || namespace === "") return;
  const report = async (): Promise<void> => {
    try {
      log.info(embed(namespace, dimensions, await measure(), Date.now()), "metrics");
    } catch (error) {
      log.warn({ error: (error as Error).message }, "metrics cannot be told");
    }
  };
  void report();
  setInterval(report, REPORT_MS).unref();
}

/** The members of such a line. */
export const embed = (
  namespace: string,
  dimensions: Record<string, string>,
  measurements: Record<string, Measurement>,
  timestampMs: number,
): object => ({
  _aws: {
    Timestamp: timestampMs,
    CloudWatchMetrics: [
      {
        Namespace: namespace,
        Dimensions: [Object.keys(dimensions)],
        Metrics: Object.entries(measurements).map(([Name, { unit }]) => ({ Name, Unit: unit })),
      },
    ],
  },
  ...dimensions,
  ...Object.fromEntries(Object.entries(measurements).map(([name, { value }]) => [name, value])),
});
