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

const { BREACHING, IGNORE, MISSING } = cloudwatch.TreatMissingData;

/** Delay of the event loop that users notice. */
const EVENT_LOOP_SECONDS = 0.5;
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
  {
    id: "Refusals",
    metric: metrics.refusals,
    threshold: 1,
    periods: 1,
    description:
      "A secret or a configuration cannot be used, and the old one stays in force; a log says which.",
  },
  ...Object.entries(metrics.tasksMissing).map(([name, metric]) => ({
    id: `TasksMissing-${name}`,
    metric,
    threshold: 1,
    periods: 3,
    missing: BREACHING,
    description: `${name} has had fewer tasks than it should for 15 minutes.`,
  })),
  ...(metrics.hosts === undefined ? [] : hostRules(sizes, metrics.hosts)),
  ...Object.keys(metrics.sessions).flatMap((name) => edgeRules(name, alarms, metrics)),
];

const hostRules = (
  { edge: { hosts } }: DeploymentConfig["sizes"],
  metrics: NonNullable<Metrics["hosts"]>,
): AlarmRule[] => [
  {
    id: "HostsMissing",
    metric: metrics.missing,
    threshold: 1,
    periods: 3,
    missing: BREACHING,
    description: "There have been fewer hosts than wanted for 15 minutes.",
  },
  {
    id: "HostsAtMaximum",
    metric: metrics.inService,
    threshold: hosts.max,
    periods: 1,
    description: "There are as many hosts as hosts.max allows: more load finds no room.",
  },
  {
    id: "ConnectionTracking",
    metric: metrics.connectionsRefused,
    threshold: 1,
    periods: 1,
    missing: MISSING,
    description:
      "A host has more connections than AWS tracks for its instance type, and new ones are refused.",
  },
];

/** What an edge reports itself; one that reports nothing is not well. */
const edgeRules = (name: string, alarms: DeploymentConfig["alarms"], metrics: Metrics): AlarmRule[] => {
  const { certificateDays, feedAge, reports } = metrics;
  const rule = (
    id: string,
    metric: cloudwatch.IMetric | undefined,
    more: Omit<AlarmRule, "id" | "metric">,
  ) => (metric === undefined ? [] : [{ id: `${id}-${name}`, metric, ...more }]);
  return [
    ...rule("Silent", reports[name], {
      threshold: 1,
      below: true,
      periods: 2,
      missing: BREACHING,
      description: `No edge of ${name} has reported for ten minutes.`,
    }),
    ...rule("CertificateDays", certificateDays[name], {
      threshold: alarms.certificateDays,
      below: true,
      periods: 1,
      missing: MISSING,
      description: `A certificate of ${name} expires soon: put a new one into its secret.`,
    }),
    ...rule("FeedAge", feedAge[name], {
      threshold: alarms.feedAgeSeconds,
      periods: 1,
      missing: MISSING,
      description: `An edge of ${name} does not hear of changed routes, and asks for them more often instead.`,
    }),
    ...rule("LoginSlow", metrics.loginP99[name], {
      threshold: alarms.loginSeconds,
      periods: 2,
      missing: MISSING,
      description: `One login of ${name} in a hundred takes too long; the dashboard shows whether a store is slow.`,
    }),
    ...rule("StoreFailing", metrics.storeHostsFailing[name], {
      threshold: 1,
      periods: 2,
      missing: MISSING,
      description: `Edges of ${name} avoid a host of a mail store because it has failed.`,
    }),
    ...rule("EventLoop", metrics.eventLoopDelay[name], {
      threshold: EVENT_LOOP_SECONDS,
      periods: 2,
      missing: MISSING,
      description: `An edge of ${name} is overloaded, or its host stalls.`,
    }),
    ...rule("Descriptors", metrics.descriptorsExhausted[name], {
      threshold: 1,
      periods: 1,
      missing: MISSING,
      description: `An edge of ${name} has run out of file descriptors.`,
    }),
    ...rule("LogLines", metrics.logLinesDropped[name], {
      threshold: 1,
      periods: 1,
      missing: MISSING,
      description: `Log lines of ${name} are lost.`,
    }),
    ...rule("SessionDrop", sessionDrop(metrics.sessionsOfAll(name)), {
      threshold: alarms.sessionDropPercent,
      periods: 1,
      missing: MISSING,
      description: `Many sessions of ${name} ended within five minutes.`,
    }),
  ];
};

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
    missing: IGNORE,
    description: "Routes lag behind the directory.",
  },
  {
    id: "SyncTrouble",
    metric: metrics.syncTrouble,
    threshold: 1,
    periods: 2,
    missing: BREACHING,
    description: "The sync fails, has removals on hold (approve with mmp sync release), or does not run.",
  },
];
