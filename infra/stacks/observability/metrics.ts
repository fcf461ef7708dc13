import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { DeploymentConfig } from "../../config/schema.ts";
import { allEdgeServices } from "../../parts/edge-services.ts";
import { FAILED_LOGINS, FAILED_LOGINS_BY_REASON } from "./failed-logins.ts";

const PERIOD = Duration.minutes(5);

/** Failure codes that point at a store, and at the route API. */
const STORE_REASONS = ["store-connect", "store-tls", "store-timeout", "store-closed"];
const ROUTE_REASONS = ["route-unavailable"];

export type Metrics = ReturnType<typeof metricsOf>;

/** Every metric that dashboard and alarms use. */
export function metricsOf(config: DeploymentConfig, apiBalancer: string) {
  const own = (metricName: string, statistic: string, dimensionsMap: Record<string, string> = {}) =>
    new cloudwatch.Metric({ namespace: config.name, metricName, statistic, dimensionsMap, period: PERIOD });
  const ofTable = (metricName: string) =>
    new cloudwatch.Metric({
      namespace: "AWS/DynamoDB",
      metricName,
      statistic: "Sum",
      dimensionsMap: { TableName: config.data.table },
      period: PERIOD,
    });
  const ofApi = (metricName: string, statistic: string) =>
    new cloudwatch.Metric({
      namespace: "AWS/ApplicationELB",
      metricName,
      statistic,
      dimensionsMap: { LoadBalancer: apiBalancer },
      period: PERIOD,
    });
  const sum = (label: string, metrics: cloudwatch.IMetric[]) =>
    new cloudwatch.MathExpression({
      label,
      expression: "SUM(METRICS())",
      usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
      period: PERIOD,
    });
  const byReason = (reason: string) => own(FAILED_LOGINS_BY_REASON, "Sum", { Reason: reason });
  const instances = allEdgeServices(config).map(({ name }) => name);
  return {
    sessions: Object.fromEntries(
      instances.map((name) => [name, own("Sessions", "Average", { Instance: name })]),
    ),
    sessionsOfAll: (name: string) => own("Sessions", "Sum", { Instance: name }),
    certificateDays: Object.fromEntries(
      instances.map((name) => [name, own("CertificateDaysLeft", "Minimum", { Instance: name })]),
    ),
    failedLogins: own(FAILED_LOGINS, "Sum"),
    failedLoginsByReason: new cloudwatch.MathExpression({
      label: "",
      expression: `SEARCH('{"${config.name}",Reason} MetricName="${FAILED_LOGINS_BY_REASON}"', 'Sum', 300)`,
      usingMetrics: {},
    }),
    storeFailures: sum("Stores", STORE_REASONS.map(byReason)),
    storeIdentity: byReason("store-ignores-authorization-id"),
    routeFailures: sum("Route API", ROUTE_REASONS.map(byReason)),
    syncLag: own("SyncLag", "Maximum", { Part: "sync" }),
    syncTrouble: own("SyncTrouble", "Maximum", { Part: "sync" }),
    apiRequests: ofApi("RequestCount", "Sum"),
    apiErrors: sum("5xx", [
      ofApi("HTTPCode_Target_5XX_Count", "Sum"),
      ofApi("HTTPCode_ELB_5XX_Count", "Sum"),
    ]),
    apiSeconds: ofApi("TargetResponseTime", "p99"),
    throttles: sum("Throttled", [ofTable("ReadThrottleEvents"), ofTable("WriteThrottleEvents")]),
  };
}
