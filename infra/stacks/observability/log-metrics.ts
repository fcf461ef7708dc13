import type { Stack } from "aws-cdk-lib";
import * as logs from "aws-cdk-lib/aws-logs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { published } from "../common/references.ts";

/** Names of metrics. */
export const FAILED_LOGINS = "FailedLogins";
export const FAILED_LOGINS_BY_REASON = "FailedLoginsByReason";
export const REFUSALS = "Refusals";

/** Messages by which a part says that a secret or its configuration is not what it should be. */
export const REFUSAL_MESSAGES = [
  "secret not refreshed; its old value stays in force",
  "configuration not reloaded",
  "instance keeps its old settings",
];

/** Makes metrics of the parts' log lines. */
export function logMetrics(stack: Stack, config: DeploymentConfig): void {
  const log = (part: string): logs.ILogGroup =>
    logs.LogGroup.fromLogGroupName(stack, `Log-${part}`, published(stack, config, `log-${part}`));
  const edgeLog = log("edge");
  failedLogins(stack, config.name, edgeLog);
  for (const [part, logGroup] of [
    ["edge", edgeLog],
    ["route-api", log("route-api")],
    ["sync", log("sync")],
  ] as const)
    new logs.MetricFilter(stack, `CountRefusals-${part}`, {
      logGroup,
      filterPattern: logs.FilterPattern.any(
        ...REFUSAL_MESSAGES.map((text) => logs.FilterPattern.stringValue("$.msg", "=", text)),
      ),
      metricNamespace: config.name,
      metricName: REFUSALS,
      metricValue: "1",
      defaultValue: 0,
    });
}

/**
 * Counts sessions with a failed login, from the edge's log line for each session, by the code of the first failure: a
 * closed set, LoginFailureCode.
 */
function failedLogins(stack: Stack, namespace: string, logGroup: logs.ILogGroup): void {
  const filterPattern = logs.FilterPattern.all(
    logs.FilterPattern.stringValue("$.msg", "=", "session"),
    logs.FilterPattern.exists("$.failures[0].code"),
  );
  const common = { logGroup, filterPattern, metricNamespace: namespace, metricValue: "1" };
  new logs.MetricFilter(stack, "CountFailedLogins", {
    ...common,
    metricName: FAILED_LOGINS,
    defaultValue: 0,
  });
  new logs.MetricFilter(stack, "CountFailedLoginsByReason", {
    ...common,
    metricName: FAILED_LOGINS_BY_REASON,
    dimensions: { Reason: "$.failures[0].code" },
  });
}
