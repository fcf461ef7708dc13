import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { DeploymentConfig } from "../../config/schema.ts";
import { usesHosts } from "../../config/sizes.ts";
import { allEdgeServices } from "../../parts/edge-services.ts";
import type { Reference } from "../common/references.ts";
import { FAILED_LOGINS, FAILED_LOGINS_BY_REASON, REFUSALS } from "./log-metrics.ts";

/** As the CloudWatch agent names it, which reads it from the network driver. */
const CONNECTION_TRACKING = "ethtool_conntrack_allowance_exceeded";

const PERIOD = Duration.minutes(5);

/** Failure codes that point at a store, and at the route API. */
const STORE_REASONS = ["store-connect", "store-tls", "store-timeout", "store-closed"];
const ROUTE_REASONS = ["route-unavailable"];

export type Metrics = ReturnType<typeof metricsOf>;

/** Every metric that dashboard and alarms use. */
export function metricsOf(config: DeploymentConfig, published: (reference: Reference) => string) {
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
      dimensionsMap: { LoadBalancer: published("route-api-balancer") },
      period: PERIOD,
    });
  const sum = (label: string, metrics: cloudwatch.IMetric[]) =>
    new cloudwatch.MathExpression({
      label,
      expression: "SUM(METRICS())",
      usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
      period: PERIOD,
    });
  /** How many tasks a service lacks. */
  const tasksMissing = (service: string) => {
    const dimensionsMap = { ClusterName: config.name, ServiceName: published(`service-${service}`) };
    const count = (metricName: string) =>
      new cloudwatch.Metric({
        namespace: "ECS/ContainerInsights",
        metricName,
        statistic: "Minimum",
        dimensionsMap,
        period: PERIOD,
      });
    return new cloudwatch.MathExpression({
      label: service,
      expression: "desired - running",
      usingMetrics: { desired: count("DesiredTaskCount"), running: count("RunningTaskCount") },
      period: PERIOD,
    });
  };
  const ofHosts = (metricName: string, AutoScalingGroupName: string) =>
    new cloudwatch.Metric({
      namespace: "AWS/AutoScaling",
      metricName,
      statistic: "Minimum",
      dimensionsMap: { AutoScalingGroupName },
      period: PERIOD,
    });
  const byReason = (reason: string) => own(FAILED_LOGINS_BY_REASON, "Sum", { Reason: reason });
  const instances = allEdgeServices(config).map(({ name }) => name);
  /** A metric that every edge reports itself, of each instance. */
  const ofEdges = (metricName: string, statistic: string): Record<string, cloudwatch.Metric> =>
    Object.fromEntries(instances.map((name) => [name, own(metricName, statistic, { Instance: name })]));
  const services = [
    ...instances,
    ...(config.routeApi.run === "service" ? ["route-api"] : []),
    ...(config.sizes.sync.tasks > 0 ? ["sync"] : []),
  ];
  return {
    hosts: usesHosts(config.sizes, Object.keys(config.instances))
      ? hostMetrics(config.name, published("hosts-group"), ofHosts)
      : undefined,
    tasksMissing: Object.fromEntries(services.map((name) => [name, tasksMissing(name)])),
    feedAge: ofEdges("FeedAge", "Maximum"),
    reports: ofEdges("Sessions", "SampleCount"),
    logins: ofEdges("Logins", "Sum"),
    loginFailures: ofEdges("LoginFailures", "Sum"),
    limitedLogins: ofEdges("LimitedLogins", "Sum"),
    loginP99: ofEdges("LoginP99", "Maximum"),
    storeFaults: ofEdges("StoreFaults", "Sum"),
    storeHostsFailing: ofEdges("StoreHostsFailing", "Maximum"),
    storeLoginsWaiting: ofEdges("StoreLoginsWaiting", "Maximum"),
    routeCacheMisses: ofEdges("RouteCacheMisses", "Sum"),
    routeLookupFailures: ofEdges("RouteLookupFailures", "Sum"),
    bytesFromClients: ofEdges("BytesFromClients", "Sum"),
    bytesFromStores: ofEdges("BytesFromStores", "Sum"),
    heldBytes: ofEdges("HeldBytes", "Maximum"),
    eventLoopDelay: ofEdges("EventLoopDelay", "Maximum"),
    memory: ofEdges("MemoryBytes", "Maximum"),
    openFiles: ofEdges("OpenFiles", "Maximum"),
    descriptorsExhausted: ofEdges("DescriptorsExhausted", "Sum"),
    logLinesDropped: ofEdges("LogLinesDropped", "Sum"),
    refusals: own(REFUSALS, "Sum"),
    sessions: ofEdges("Sessions", "Average"),
    sessionsOfAll: (name: string) => own("Sessions", "Sum", { Instance: name }),
    certificateDays: ofEdges("CertificateDaysLeft", "Minimum"),
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

/** How many hosts are missing, how many there are, and packets that AWS's connection tracking has refused. */
function hostMetrics(
  namespace: string,
  group: string,
  ofHosts: (metricName: string, group: string) => cloudwatch.Metric,
) {
  const inService = ofHosts("GroupInServiceInstances", group);
  return {
    inService,
    missing: new cloudwatch.MathExpression({
      label: "Hosts missing",
      expression: "desired - inService",
      usingMetrics: { desired: ofHosts("GroupDesiredCapacity", group), inService },
      period: PERIOD,
    }),
    connectionsRefused: new cloudwatch.MathExpression({
      label: "Connections refused by connection tracking",
      // It counts from the host's start.
      expression: "IF(DIFF(exceeded) > 0, DIFF(exceeded), 0)",
      usingMetrics: {
        exceeded: new cloudwatch.Metric({
          namespace,
          metricName: CONNECTION_TRACKING,
          statistic: "Sum",
          dimensionsMap: { Part: "hosts" },
          period: PERIOD,
        }),
      },
      period: PERIOD,
    }),
  };
}
