import { Duration } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as ecs from "aws-cdk-lib/aws-ecs";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { ROUTE_API_PORT } from "../../parts/mmp-yaml.ts";
import type { Deployment } from "../../read-config.ts";
import { deployedCluster } from "../common/deployed-cluster.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import { configurationHash, fargateService } from "../common/fargate-service.ts";
import { tableKeyAccess } from "../common/key-access.ts";
import { publishedLog } from "../common/log-group.ts";
import { publish } from "../common/references.ts";
import { allowDirectory, allowDns, allowHttps, newGroup, ownGroups } from "../common/security-groups.ts";
import { tableAccess } from "../common/table-access.ts";
import { partRuntime } from "../common/task.ts";
import { announceTargets, type RouteApiParts, routeRequests } from "./parts.ts";

/** Time for a stopping task to answer its long polls. */
const STOP_SECONDS = 30;
const DEREGISTRATION = Duration.seconds(15);

/** The route API as an ECS service. */
export function routeApiService(
  stack: DeployedStack,
  deployment: Deployment,
  { vpc, balancerGroup, listener }: RouteApiParts,
): void {
  const { config, parts } = deployment;
  const group = newGroup(stack, "Api", vpc, "Route API");
  const port = ec2.Port.tcp(ROUTE_API_PORT);
  balancerGroup.addEgressRule(group, port, "To the route API");
  group.addIngressRule(balancerGroup, port, "From its load balancer");
  allowDirectory(group, config);
  allowHttps(group);
  allowDns(group, config);

  const runtime = partRuntime(stack, "route-api", deployment, publishedLog(stack, config, "route-api"));
  for (const statement of tableAccess(stack, config, "routeApi")) runtime.taskRole.addToPolicy(statement);
  for (const statement of tableKeyAccess(config.data.kmsKey)) runtime.taskRole.addToPolicy(statement);
  const service = fargateService(stack, deployment, runtime, {
    part: "route-api",
    size: config.sizes.routeApi,
    cluster: deployedCluster(stack, config, vpc),
    groups: [group, ...ownGroups(stack, config, "routeApi")],
    container: {
      command: ["route-api", "--log-level", config.logs.routeApiLevel],
      health: ["route-api"],
      ports: [{ name: "https", containerPort: ROUTE_API_PORT }],
      stopSeconds: STOP_SECONDS,
      environment: configurationHash(parts["route-api"]),
    },
  });
  const targets = new elb.ApplicationTargetGroup(stack, "TaskTargets", {
    vpc,
    port: ROUTE_API_PORT,
    protocol: elb.ApplicationProtocol.HTTPS,
    targetType: elb.TargetType.IP,
    deregistrationDelay: DEREGISTRATION,
    loadBalancingAlgorithmType: elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
    healthCheck: {
      protocol: elb.Protocol.HTTPS,
      path: "/readyz",
      interval: Duration.seconds(10),
      timeout: Duration.seconds(5),
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 3,
    },
  });
  const resource = service.node.defaultChild as ecs.CfnService;
  // A service cannot change over to other targets without a gap: where one answered over HTTP, this is another.
  resource.overrideLogicalId("ServiceOverTls");
  resource.loadBalancers = [
    { containerName: "mmp", containerPort: ROUTE_API_PORT, targetGroupArn: targets.targetGroupArn },
  ];
  service.node.addDependency(announceTargets(stack, listener, targets));
  // Where a function answered before, requests go on to it until the service does.
  routeRequests(stack, listener, targets).node.addDependency(service);

  const { tasks, cpuPercent } = config.sizes.routeApi;
  const scaling = service.autoScaleTaskCount({ minCapacity: tasks.min, maxCapacity: tasks.max });
  scaling.scaleOnCpuUtilization("Cpu", {
    targetUtilizationPercent: cpuPercent,
    scaleInCooldown: Duration.minutes(10),
  });
  publish(stack, config, "service-route-api", service.serviceName);
}
