import { createHash } from "node:crypto";
import type { Stack } from "aws-cdk-lib";
import type { ISecurityGroup } from "aws-cdk-lib/aws-ec2";
import * as ecs from "aws-cdk-lib/aws-ecs";
import type { ConfigurationSecrets } from "../../parts/configuration-secret.ts";
import type { Deployment } from "../../read-config.ts";
import { runtimePlatform } from "./runtime-platform.ts";
import { addContainer, type ContainerOptions, type PartRuntime } from "./task.ts";

export interface FargateServiceOptions {
  part: string;
  size: { cpu: number; memoryMiB: number };
  cluster: ecs.ICluster;
  groups: ISecurityGroup[];
  container: ContainerOptions;
}

/** A small service without client sessions: on Fargate, where there are no hosts to manage. */
export function fargateService(
  stack: Stack,
  deployment: Deployment,
  runtime: PartRuntime,
  options: FargateServiceOptions,
): ecs.FargateService {
  const { part, size, cluster, groups, container } = options;
  const { config } = deployment;
  const taskDefinition = new ecs.FargateTaskDefinition(stack, "Task", {
    family: `${config.name}-${part}`,
    cpu: size.cpu,
    memoryLimitMiB: size.memoryMiB,
    runtimePlatform: runtimePlatform(config.sizes.edge.architecture),
    taskRole: runtime.taskRole,
    executionRole: runtime.executionRole,
  });
  addContainer(taskDefinition, deployment, runtime, container);
  return new ecs.FargateService(stack, "Service", {
    cluster,
    taskDefinition: taskDefinition as ecs.TaskDefinition,
    securityGroups: groups,
    assignPublicIp: false,
    minHealthyPercent: 100,
    maxHealthyPercent: 200,
    circuitBreaker: { enable: true, rollback: true },
    ...(config.access.tasks ? { enableExecuteCommand: true } : {}),
    enableECSManagedTags: true,
    propagateTags: ecs.PropagatedTagSource.SERVICE,
  });
}

/** For parts that do not reload: a changed configuration changes the task definition, so that tasks are replaced. */
export const configurationHash = (configuration: ConfigurationSecrets["sync"]): Record<string, string> => ({
  MMP_CONFIGURATION_HASH: createHash("sha256")
    .update(JSON.stringify(configuration))
    .digest("hex")
    .slice(0, 16),
});
