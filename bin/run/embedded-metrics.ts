import type { Logger } from "pino";
import { droppedLogLines } from "./logger.ts";

/** A value with its unit, as CloudWatch names it. */
export interface Measurement {
  value: number;
  unit: "Count" | "Seconds" | "Bytes" | "None";
}

/** What is reported beside what is measured. */
export const LOG_LINES_DROPPED = "LogLinesDropped";

type Measurements = Readonly<Record<string, Measurement>>;

/** How often values are reported, in milliseconds. */
const REPORT_MS = 60_000;

/**
 * Logs one line a minute that CloudWatch Logs turns into metrics (embedded metric format), if MMP_METRICS_NAMESPACE
 * names their namespace. They need no agent and no open port.
 */
export function reportMetrics(
  log: Logger,
  dimensions: Record<string, string>,
  measure: () => Measurements | Promise<Measurements>,
): void {
  const namespace = process.env.MMP_METRICS_NAMESPACE;
  if (namespace === undefined || namespace === "") return;
  let droppedBefore = 0;
  const report = async (): Promise<void> => {
    try {
      const dropped = droppedLogLines();
      const measurements: Record<string, Measurement> = {
        ...(await measure()),
        [LOG_LINES_DROPPED]: { value: dropped - droppedBefore, unit: "Count" },
      };
      droppedBefore = dropped;
      log.info(embed(namespace, dimensions, measurements, Date.now()), "metrics");
    } catch (error) {
      log.warn({ error: (error as Error).message }, "metrics not reported");
    }
  };
  void report();
  setInterval(report, REPORT_MS).unref();
}

/** The fields of such a line. */
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
