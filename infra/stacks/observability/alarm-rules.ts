import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { Metrics } from "./metrics.ts";

/** When an alarm is raised, and its text. */
export interface AlarmRule {
  id: string;
  metric: cloudwatch.IMetric;
  threshold: number;
  below?: boolean;
  /** Number of periods of five minutes. */
  periods: number;
  missing?: cloudwatch.TreatMissingData;
  description: string;
}

/** With fewer sessions a percentage says nothing. */
const SESSIONS_MIN = 100;

export const alarmRules = ({ alarms, sizes }: DeploymentConfig, metrics: Metrics): AlarmRule[] => [
  {
    id: "FailedLogins",
    metric: metrics.failedLogins,
    threshold: alarms.failedLogins,
    periods: 1,
    description: "Many logins fail; the dashboard shows the reasons.",
  },
  {
    id: "StoreFailures",
    metric: metrics.storeFailures,
    threshold: alarms.storeFailures,
    periods: 1,
    description: "Logins fail because a mail store is unreachable or fails.",
  },
  {
    id: "StoreIdentity",
    metric: metrics.storeIdentity,
    threshold: 1,
    periods: 1,
    description: "A store ignores SASL's authorisation id: it gets no logins on users' behalf.",
  },
  {
    id: "RouteFailures",
    metric: metrics.routeFailures,
    threshold: alarms.routeFailures,
    periods: 1,
    description: "Logins fail because edges cannot reach the route API.",
  },
  ...(sizes.sync.tasks === 0 ? [] : syncRules(alarms, metrics)),
  {
    id: "RouteApiErrors",
    metric: metrics.apiErrors,
    threshold: alarms.apiErrors,
    periods: 1,
    description: "The route API returns errors.",
  },
  {
    id: "Throttles",
    metric: metrics.throttles,
    threshold: 1,
    periods: 2,
    description: "DynamoDB throttles requests to the route table.",
  },
  ...Object.entries(metrics.certificateDays).map(([name, metric]) => ({
    id: `CertificateDays-${name}`,
    metric,
    threshold: alarms.certificateDays,
    below: true,
    periods: 1,
    description: `A certificate of ${name} expires soon: put a new one into its secret.`,
  })),
  ...Object.keys(metrics.sessions).map((name) => ({
    id: `SessionDrop-${name}`,
    metric: sessionDrop(metrics.sessionsOfAll(name)),
    threshold: alarms.sessionDropPercent,
    periods: 1,
    description: `Many sessions of ${name} ended within five minutes.`,
  })),
];

/** The decrease within five minutes, in percent. */
const sessionDrop = (sessions: cloudwatch.Metric): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    label: "Sessions ended, %",
    // DIFF is the current value minus the previous one.
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
    description: "Routes lag behind the directory.",
  },
  {
    id: "SyncTrouble",
    metric: metrics.syncTrouble,
    threshold: 1,
    periods: 2,
    missing: cloudwatch.TreatMissingData.BREACHING,
    description: "The sync fails, has removals on hold (approve with mmp sync release), or does not run.",
  },
];
