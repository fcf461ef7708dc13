import { Duration, Size, type Stack, Validations } from "aws-cdk-lib";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as iam from "aws-cdk-lib/aws-iam";
import { CONTAINER_HEALTH } from "../../config/health.ts";
import type { PartName } from "../../parts/part-names.ts";
import type { Deployment } from "../../read-config.ts";
import { containerImage, mayPull } from "./image.ts";
import { mayWriteLog, type PartLog } from "./log-group.ts";
import { partConfiguration } from "./part-configuration.ts";

/** In memory, so that secrets never touch a disk; writable even though the root file system is not. */
const FOLDER = "/dev/shm/mmp";

/** What the tasks of one part share. */
export interface PartRuntime {
  environment: Record<string, string>;
  /** Of the process itself, to read its secrets. */
  taskRole: iam.Role;
  /** Of ECS, to pull the image and write the log. */
  executionRole: iam.IRole;
  log: PartLog;
}

/** Stores the part's configuration and creates the roles of its tasks. */
export function partRuntime(stack: Stack, part: PartName, deployment: Deployment, log: PartLog): PartRuntime {
  const { environment, mayReadSecrets } = partConfiguration(stack, part, deployment, FOLDER);
  const taskRole = new iam.Role(stack, "TaskRole", {
    assumedBy: new iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
  });
  for (const statement of mayReadSecrets) taskRole.addToPolicy(statement);
  // The CDK grants them with ECS Exec.
  if (deployment.config.access.tasks)
    Validations.of(taskRole).acknowledge({
      id: "AwsSolutions-IAM5[Resource::*]",
      reason: "ECS Exec, by access.tasks: channels of Systems Manager do not support resources.",
    });
  return { environment, taskRole, executionRole: executionRole(stack, deployment, log), log };
}

function executionRole(stack: Stack, { config }: Deployment, log: PartLog): iam.IRole {
  const role = new iam.Role(stack, "ExecutionRole", {
    assumedBy: new iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
    inlinePolicies: {
      Start: new iam.PolicyDocument({
        statements: [...mayPull(stack, config), mayWriteLog(log)],
      }),
    },
  });
  Validations.of(role).acknowledge({
    id: "AwsSolutions-IAM5[Resource::*]",
    reason:
      "ecr:GetAuthorizationToken does not support resources; all other actions name the repository or the log group.",
  });
  return role.withoutPolicyUpdates();
}

export interface ContainerOptions {
  /** `mmp` and its arguments. */
  command: string[];
  /** Arguments of `mmp health`; without them only the process is watched. */
  health?: string[];
  ports?: { name: string; containerPort: number; hostPort?: number }[];
  /** Time between SIGTERM and SIGKILL. */
  stopSeconds: number;
  environment?: Record<string, string>;
  systemControls?: ecs.SystemControl[];
  /** For tasks on hosts; on Fargate the task definition has them. */
  cpu?: number;
  memoryMiB?: number;
}

/** Open files of a process: two per session, with room. */
const OPEN_FILES = 1_048_576;
/** Log lines that the driver buffers while CloudWatch is slow, in MiB; beyond that it drops lines rather than block. */
const LOG_BUFFER = 25;

/** The only container of a task: not root, read-only, without capabilities. */
export function addContainer(
  task: ecs.TaskDefinition,
  { config }: Deployment,
  { environment, log }: PartRuntime,
  options: ContainerOptions,
): ecs.ContainerDefinition {
  const { command, health, ports, stopSeconds, systemControls } = options;
  const linuxParameters = new ecs.LinuxParameters(task, "Linux", { initProcessEnabled: false });
  linuxParameters.dropCapabilities(ecs.Capability.ALL);
  const container = task.addContainer("mmp", {
    image: containerImage(task, config),
    command,
    environment: { ...environment, ...options.environment },
    logging: ecs.LogDrivers.awsLogs({
      streamPrefix: "mmp",
      logGroup: log.group,
      mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      maxBufferSize: Size.mebibytes(LOG_BUFFER),
    }),
    // ECS Exec puts its agent into the container.
    readonlyRootFilesystem: !config.access.tasks,
    privileged: false,
    user: "65532:65532",
    linuxParameters,
    stopTimeout: Duration.seconds(stopSeconds),
    ...(health === undefined ? {} : { healthCheck: healthCheck(health) }),
    ...(ports === undefined ? {} : { portMappings: ports }),
    ...(systemControls === undefined ? {} : { systemControls }),
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
    ...(options.memoryMiB === undefined ? {} : { memoryLimitMiB: options.memoryMiB }),
  });
  container.addUlimits({ name: ecs.UlimitName.NOFILE, softLimit: OPEN_FILES, hardLimit: OPEN_FILES });
  Validations.of(task).acknowledge({
    id: "AwsSolutions-ECS2",
    reason:
      "The environment names secrets but holds none: mmp fetches them itself, and again when they change.",
  });
  return container;
}

const healthCheck = (args: string[]): ecs.HealthCheck => ({
  command: ["CMD", "/usr/bin/mmp", "health", ...args],
  interval: Duration.seconds(CONTAINER_HEALTH.intervalSeconds),
  timeout: Duration.seconds(CONTAINER_HEALTH.timeoutSeconds),
  retries: CONTAINER_HEALTH.retries,
  startPeriod: Duration.seconds(CONTAINER_HEALTH.startSeconds),
});
