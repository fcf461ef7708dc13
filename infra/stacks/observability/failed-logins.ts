import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

/** Names of metrics. */
export const FAILED_LOGINS = "FailedLogins";
export const FAILED_LOGINS_BY_REASON = "FailedLoginsByReason";

/**
 * Counts sessions with a failed login, from the edge's log line for each session, by the code of the first failure: a
 * closed set, LoginFailureCode.
 */
export function failedLoginMetrics(scope: Construct, namespace: string, logGroup: logs.ILogGroup): void {
  const filterPattern = logs.FilterPattern.all(
    logs.FilterPattern.stringValue("$.msg", "=", "session"),
    logs.FilterPattern.exists("$.failures[0].code"),
  );
  const common = { logGroup, filterPattern, metricNamespace: namespace, metricValue: "1" };
  new logs.MetricFilter(scope, "CountFailedLogins", {
    ...common,
    metricName: FAILED_LOGINS,
    defaultValue: 0,
  });
  new logs.MetricFilter(scope, "CountFailedLoginsByReason", {
    ...common,
    metricName: FAILED_LOGINS_BY_REASON,
    dimensions: { Reason: "$.failures[0].code" },
  });
}
