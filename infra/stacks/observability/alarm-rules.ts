import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { Metrics } from "./metrics.ts";

/** When the operator is told, and what the mail says. */
export interface AlarmRule {
  id: string;
  metric: cloudwatch.IMetric;
  threshold: number;
  below?: boolean;
  /** Of five minutes each. */
  periods: number;
  missing?: cloudwatch.TreatMissingData;
  description: string;
}

/** Below so many sessions, a share of them says nothing. */
const SESSIONS_MIN = 100;

export const alarmRules = ({ alarms, sizes }: DeploymentConfig, metrics: Metrics): AlarmRule[] => [
  {
    id: "FailedLogins",
    metric: metrics.failedLogins,
    threshold: alarms.failedLogins,
    periods: 1,
    description: "Many logins fail; the dashboard has them by reason.",
  },
  {
    id: "StoreFailures",
    metric: metrics.storeFailures,
    threshold: alarms.storeFailures,
    periods: 1,
    description: "Logins fail because a mail store, or the way to it, does.",
  },
  {
    id: "RouteFailures",
    metric: metrics.routeFailures,
    threshold: alarms.routeFailures,
    periods: 1,
    description: "Logins fail because edges cannot ask the route API.",
  },
  ...(sizes.sync.tasks === 0 ? [] : syncRules(alarms, metrics)),
  {
    id: "RouteApiErrors",
    metric: metrics.apiErrors,
    threshold: alarms.apiErrors,
    periods: 1,
    description: "The route API answers with errors.",
  },
  {
    id: "Throttles",
    metric: metrics.throttles,
    threshold: 1,
    periods: 2,
    description: "DynamoDB throttles requests to the table of routes.",
  },
  ...Object.entries(metrics.certificateDays).map(([name, metric]) => ({
    id: `CertificateDays-${name}`,
    metric,
    threshold: alarms.certificateDays,
    below: true,
    periods: 1,
    description: `A certificate of ${name} ends soon: put a new one into its secret.`,
  })),
  ...Object.keys(metrics.sessions).map((name) => ({
    id: `SessionDrop-${name}`,
    metric: sessionDrop(metrics.sessionsOfAll(name)),
    threshold: alarms.sessionDropPercent,
    periods: 1,
    description: `Many sessions of ${name} ended within five minutes.`,
  })),
];

/** How much less there is than five minutes before, in percent. */
const sessionDrop = (sessions: cloudwatch.Metric): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    label: "Sessions that went, %",
    // DIFF is what there is less what there was.
    expression: `IF(sessions - DIFF(sessions) > ${SESSIONS_MIN}, -100 * DIFF(sessions) / (sessions - DIFF(sessions)), 0)`,
    usingMetrics: { sessions },
    period: Duration.minutes(5),
  });

const syncRules = (alarms: DeploymentConfig["alarms"], metrics: Metrics): AlarmRule[] => [
  {
    id: "SyncLag",
    metric: metrics.syncLag,
    threshold: alarms.syncLagSeconds,
    periods: 2,
    missing: cloudwatch.TreatMissingData.IGNORE,
    description: "Routes are older than the directory.",
  },
  {
    id: "SyncTrouble",
    metric: metrics.syncTrouble,
    threshold: 1,
    periods: 2,
    missing: cloudwatch.TreatMissingData.BREACHING,
    description: "The sync fails, holds removals back (mmp sync release), or does not run.",
  },
];
