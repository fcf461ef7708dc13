import { Duration, type Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as ecs from "aws-cdk-lib/aws-ecs";
import { LOCAL_PORTS_FROM } from "../../config/check-instances.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { EdgePart } from "../../parts/edge-parts.ts";
import type { Deployment } from "../../read-config.ts";
import type { ClusterStack } from "../cluster/stack.ts";
import { runtimePlatform } from "../common/runtime-platform.ts";
import { addContainer, type PartRuntime } from "../common/task.ts";
import { type LoadBalancersStack, targetKey } from "../load-balancers/stack.ts";
import type { NetworkStack } from "../network/stack.ts";

export interface EdgeServiceOptions {
  deployment: Deployment;
  runtime: PartRuntime;
  network: NetworkStack;
  cluster: ClusterStack;
  loadBalancers: LoadBalancersStack;
}

/** Time between the end of the drain and SIGKILL. */
const STOP_GRACE_SECONDS = 10;
/** Time after a task's start in which failed health checks are ignored. */
const GRACE = Duration.seconds(60);

/** One edge service: its task, target groups and scaling. */
export function edgeService(stack: Stack, part: EdgePart, options: EdgeServiceOptions): void {
  const { deployment, network, cluster, loadBalancers } = options;
  const taskDefinition = edgeTask(stack, part, options);
  const common = {
    cluster: cluster.cluster as ecs.ICluster,
    taskDefinition,
    minHealthyPercent: 100,
    maxHealthyPercent: 200,
    circuitBreaker: { enable: true, rollback: true },
    // Rebalancing would stop tasks, and end their sessions, only to even out the zones.
    availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
    healthCheckGracePeriod: GRACE,
    enableECSManagedTags: true,
    propagateTags: ecs.PropagatedTagSource.SERVICE,
  };
  const service =
    cluster.hosts === undefined
      ? new ecs.FargateService(stack, `Service-${part.name}`, {
          ...common,
          securityGroups: [network.groups.edge],
          assignPublicIp: false,
        })
      : new ecs.Ec2Service(stack, `Service-${part.name}`, {
          ...common,
          capacityProviderStrategies: [{ capacityProvider: cluster.hosts.capacityProviderName, weight: 1 }],
          // Spread over the zones; within one, fill hosts so that others can be removed.
          placementStrategies: [
            ecs.PlacementStrategy.spreadAcross(ecs.BuiltInAttributes.AVAILABILITY_ZONE),
            ecs.PlacementStrategy.packedByMemory(),
          ],
        });
  // The target groups already have listeners: their stack is deployed before this one.
  const resource = service.node.defaultChild as ecs.CfnService;
  resource.loadBalancers = part.targets.map((target) => ({
    containerName: "mmp",
    containerPort: target.listener.port,
    targetGroupArn: loadBalancers.targetGroups.get(targetKey(target))?.targetGroupArn ?? "",
  }));
  resource.healthCheckGracePeriodSeconds = GRACE.toSeconds();
  scale(service, part, deployment.config);
}

function edgeTask(
  stack: Stack,
  part: EdgePart,
  { deployment, runtime }: EdgeServiceOptions,
): ecs.TaskDefinition {
  const { capacity, architecture, cpu, memoryMiB, drainSeconds } = deployment.config.sizes.edge;
  const { taskRole, executionRole } = runtime;
  const id = `Task-${part.name}`;
  const family = `${deployment.config.name}-edge-${part.name}`;
  const taskDefinition =
    capacity === "ec2"
      ? // Several tasks share a host: Docker maps each port to a free one of the host.
        new ecs.Ec2TaskDefinition(stack, id, {
          family,
          networkMode: ecs.NetworkMode.BRIDGE,
          taskRole,
          executionRole,
        })
      : new ecs.FargateTaskDefinition(stack, id, {
          family,
          cpu,
          memoryLimitMiB: memoryMiB,
          runtimePlatform: runtimePlatform(architecture),
          taskRole,
          executionRole,
        });
  const ports = [...new Set(part.targets.map(({ listener }) => listener.port))];
  addContainer(taskDefinition, deployment, runtime, {
    command: ["edge", "--instance", part.name, "--drain-seconds", String(drainSeconds)],
    health: ["edge", "--instance", part.name],
    ports: ports.map((containerPort) => ({
      name: `port-${containerPort}`,
      containerPort,
      ...(capacity === "ec2" ? { hostPort: 0 } : {}),
    })),
    stopSeconds: drainSeconds + STOP_GRACE_SECONDS,
    systemControls: [{ namespace: "net.ipv4.ip_local_port_range", value: `${LOCAL_PORTS_FROM} 65535` }],
    ...(capacity === "ec2" ? { cpu, memoryMiB } : {}),
  });
  return taskDefinition;
}

/** Scales out at once and in slowly: a task that is removed ends its sessions. */
function scale(service: ecs.BaseService, part: EdgePart, { name, sizes }: DeploymentConfig): void {
  const { tasks, sessionsPerTask, cpuPercent } = sizes.edge;
  const scaling = service.autoScaleTaskCount({ minCapacity: tasks.min, maxCapacity: tasks.max });
  const cooldown = { scaleOutCooldown: Duration.minutes(1), scaleInCooldown: Duration.minutes(30) };
  scaling.scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: cpuPercent, ...cooldown });
  scaling.scaleToTrackCustomMetric("Sessions", {
    metric: new cloudwatch.Metric({
      namespace: name,
      metricName: "Sessions",
      dimensionsMap: { Instance: part.name },
      statistic: "Average",
      period: Duration.minutes(1),
    }),
    targetValue: sessionsPerTask,
    ...cooldown,
  });
}
