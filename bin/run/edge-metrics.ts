import type { Logger } from "pino";
import type { Configuration } from "../config/load.ts";
import { certificateDaysLeft } from "./certificate-days.ts";
import { reportMetrics } from "./embedded-metrics.ts";

/** What is told of the edge in one process. */
export interface MeasuredEdge {
  /** Live sessions. */
  readonly sessions: number;
  /** What is in force. */
  readonly configuration: Pick<Configuration, "instances">;
}

/** Tells CloudWatch of the edge in this process, where it is asked to: sessions, and the days that certificates last. */
export const reportEdgeMetrics = (log: Logger, instance: string | undefined, edge: MeasuredEdge): void =>
  reportMetrics(log, { Instance: instance ?? "all" }, () => {
    const days = certificateDaysLeft(edge.configuration, Date.now());
    return {
      Sessions: { value: edge.sessions, unit: "Count" },
      ...(days === undefined ? {} : { CertificateDaysLeft: { value: days, unit: "None" } }),
    };
  });
