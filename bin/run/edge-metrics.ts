import type { Logger } from "pino";
import type { RoutingCounters } from "../../edge-proxy/api-client/counters.ts";
import type { InstanceConfig } from "../../edge-proxy/config/instance.ts";
import { certificateDaysLeft } from "./certificate-days.ts";
import { reportMetrics } from "./embedded-metrics.ts";

/** What the metrics of an edge are taken from. */
export interface MeasuredEdge {
  /** Live sessions. */
  readonly sessions: number;
  /** Counters of each instance's route cache and change feed. */
  readonly routing: Readonly<Record<string, RoutingCounters>>;
  /** The instances in force. */
  readonly instances: Readonly<Record<string, InstanceConfig>>;
}

/**
 * Reports the edge in this process to CloudWatch, if configured: its sessions, the age of its change feed, and the days
 * that certificates are still valid.
 */
export const reportEdgeMetrics = (log: Logger, instance: string | undefined, edge: MeasuredEdge): void =>
  reportMetrics(log, { Instance: instance ?? "all" }, () => {
    const days = certificateDaysLeft(edge.instances, Date.now());
    return {
      Sessions: { value: edge.sessions, unit: "Count" },
      FeedAge: {
        value: Math.max(0, ...Object.values(edge.routing).map(({ feed }) => feed.ageSeconds)),
        unit: "Seconds",
      },
      ...(days === undefined ? {} : { CertificateDaysLeft: { value: days, unit: "None" } }),
    };
  });
