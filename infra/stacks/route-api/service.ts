import { Duration, type Stack } from "aws-cdk-lib";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { ROUTE_API_PORT } from "../../parts/mmp-yaml.ts";
import type { Deployment } from "../../read-config.ts";
import { configurationHash, fargateService } from "../common/fargate-service.ts";
import { logGroup } from "../common/log-group.ts";
import { tableAccess } from "../common/table-access.ts";
import { partRuntime } from "../common/task.ts";
import type { RouteApiParts } from "./parts.ts";

/** Time for a stopping task to answer its long polls. */
const STOP_SECONDS = 30;
const DEREGISTRATION = Duration.seconds(15);

/** The route API as an ECS service. */
export function routeApiService(
  stack: Stack,
  listener: elb.ApplicationListener,
  deployment: Deployment,
  parts: RouteApiParts,
): void {
  const { config, documents } = deployment;
  const { network, secrets, cluster } = parts;
  const runtime = partRuntime(
    stack,
    "routeApi",
    deployment,
    (name) => secrets.arnOf(name),
    logGroup(stack, "RouteApi", config.logs.days),
  );
  runtime.taskRole.addToPolicy(tableAccess(stack, config, "routeApi"));
  const service = fargateService(stack, deployment, runtime, {
    part: "route-api",
    size: config.sizes.routeApi,
    cluster: cluster.cluster,
    group: network.groups.api,
    container: {
      command: ["route-api"],
      health: ["route-api"],
      ports: [{ name: "http", containerPort: ROUTE_API_PORT }],
      stopSeconds: STOP_SECONDS,
      environment: configurationHash(documents.routeApi),
    },
  });
  const targets = new elb.ApplicationTargetGroup(stack, "Targets", {
    vpc: network.vpc,
    port: ROUTE_API_PORT,
    protocol: elb.ApplicationProtocol.HTTP,
    targetType: elb.TargetType.IP,
    deregistrationDelay: DEREGISTRATION,
    loadBalancingAlgorithmType: elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
    healthCheck: {
      path: "/readyz",
      interval: Duration.seconds(10),
      timeout: Duration.seconds(5),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 3,
    },
  });
  targets.addTarget(service);
  listener.addTargetGroups("Service", {
    targetGroups: [targets],
    priority: 1,
    conditions: [elb.ListenerCondition.pathPatterns(["/*"])],
  });
  const { tasks, cpuPercent } = config.sizes.routeApi;
  const scaling = service.autoScaleTaskCount({ minCapacity: tasks.min, maxCapacity: tasks.max });
  scaling.scaleOnCpuUtilization("Cpu", {
    targetUtilizationPercent: cpuPercent,
    scaleInCooldown: Duration.minutes(10),
  });
}
