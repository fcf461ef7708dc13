import { Duration, TimeZone } from "aws-cdk-lib";
import * as appscaling from "aws-cdk-lib/aws-applicationautoscaling";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as ecs from "aws-cdk-lib/aws-ecs";
import type { EdgeSize } from "../../config/sizes.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import type { ReachedTarget } from "./listeners.ts";
import { type EdgeTaskOptions, edgeTask } from "./task.ts";

export interface EdgeServiceOptions extends EdgeTaskOptions {
  targets: readonly ReachedTarget[];
}

/** Time after a task's start in which failed health checks are ignored. */
const GRACE = Duration.seconds(60);

/** An ECS service of the edge: its task, target groups and scaling. */
export function edgeService(stack: DeployedStack, options: EdgeServiceOptions): ecs.BaseService {
  const { deployment, placement, size, service, targets } = options;
  const common = {
    cluster: placement.cluster,
    taskDefinition: edgeTask(stack, options),
    minHealthyPercent: 100,
    maxHealthyPercent: size.maximumPercent,
    circuitBreaker: { enable: true, rollback: true },
    // Rebalancing would stop tasks, and end their sessions, only to even out the zones.
    availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
    healthCheckGracePeriod: GRACE,
    ...(deployment.config.access.tasks ? { enableExecuteCommand: true } : {}),
    enableECSManagedTags: true,
    propagateTags: ecs.PropagatedTagSource.SERVICE,
  };
  const made =
    placement.on === "fargate"
      ? new ecs.FargateService(stack, `Service-${service.name}`, {
          ...common,
          securityGroups: placement.groups,
          assignPublicIp: false,
        })
      : new ecs.Ec2Service(stack, `Service-${service.name}`, {
          ...common,
          capacityProviderStrategies: [{ capacityProvider: placement.provider, weight: 1 }],
          // Spread over the zones; within one, fill hosts so that others can be removed.
          placementStrategies: [
            ecs.PlacementStrategy.spreadAcross(ecs.BuiltInAttributes.AVAILABILITY_ZONE),
            ecs.PlacementStrategy.packedByMemory(),
          ],
        });
  const resource = made.node.defaultChild as ecs.CfnService;
  resource.loadBalancers = targets.map(({ targetGroup, containerPort }) => ({
    containerName: "mmp",
    containerPort,
    targetGroupArn: targetGroup.targetGroupArn,
  }));
  resource.healthCheckGracePeriodSeconds = GRACE.toSeconds();
  // ECS takes only target groups that a load balancer leads to.
  for (const { listeners } of targets) made.node.addDependency(...listeners);
  scale(made, service.name, size, deployment.config.name);
  return made;
}

/** Scales out at once and in slowly: a task that is removed ends its sessions. */
function scale(
  service: ecs.BaseService,
  instance: string,
  { tasks, sessionsPerTask, cpuPercent, schedule }: EdgeSize,
  namespace: string,
): void {
  const scaling = service.autoScaleTaskCount({ minCapacity: tasks.min, maxCapacity: tasks.max });
  for (const [index, { cron, timeZone, min }] of schedule.entries())
    scaling.scaleOnSchedule(`Scheduled${index + 1}`, {
      schedule: appscaling.Schedule.expression(`cron(${cron})`),
      timeZone: TimeZone.of(timeZone),
      minCapacity: min,
    });
  const cooldown = { scaleOutCooldown: Duration.minutes(1), scaleInCooldown: Duration.minutes(30) };
  scaling.scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: cpuPercent, ...cooldown });
  scaling.scaleToTrackCustomMetric("Sessions", {
    metric: new cloudwatch.Metric({
      namespace,
      metricName: "Sessions",
      dimensionsMap: { Instance: instance },
      statistic: "Average",
      period: Duration.minutes(1),
    }),
    targetValue: sessionsPerTask,
    ...cooldown,
  });
}
