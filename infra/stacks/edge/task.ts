import * as ecs from "aws-cdk-lib/aws-ecs";
import { LOCAL_PORTS_FROM } from "../../config/check-instances.ts";
import type { EdgeSize } from "../../config/sizes.ts";
import type { EdgeService } from "../../parts/edge-services.ts";
import { ROUTES_FOLDER } from "../../parts/kept-routes.ts";
import type { Deployment } from "../../read-config.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import { runtimePlatform } from "../common/runtime-platform.ts";
import { addContainer, type PartRuntime } from "../common/task.ts";
import type { Placement } from "./placement.ts";

export interface EdgeTaskOptions {
  deployment: Deployment;
  runtime: PartRuntime;
  placement: Placement;
  size: EdgeSize;
  service: EdgeService;
}

/** Time between the end of the drain and SIGKILL. */
const STOP_GRACE_SECONDS = 10;

/** The task of an edge service: `mmp edge` for one instance. */
export function edgeTask(
  stack: DeployedStack,
  { deployment, runtime, placement, size, service }: EdgeTaskOptions,
): ecs.TaskDefinition {
  const { cpu, memoryMiB, drainSeconds } = size;
  const onHosts = placement.on === "hosts";
  const id = `Task-${service.name}`;
  const common = {
    family: `${deployment.config.name}-edge-${service.name}`,
    taskRole: runtime.taskRole,
    executionRole: runtime.executionRole,
  };
  const taskDefinition = onHosts
    ? // Several tasks share a host: Docker maps each port to a free one of the host.
      new ecs.Ec2TaskDefinition(stack, id, { ...common, networkMode: ecs.NetworkMode.BRIDGE })
    : new ecs.FargateTaskDefinition(stack, id, {
        ...common,
        cpu,
        memoryLimitMiB: memoryMiB,
        runtimePlatform: runtimePlatform(deployment.config.sizes.edge.architecture),
      });
  const ports = service.instance.listeners.map(({ port }) => port);
  const container = addContainer(taskDefinition, deployment, runtime, {
    command: ["edge", "--instance", service.name, "--drain-seconds", String(drainSeconds)],
    health: ["edge", "--instance", service.name],
    ports: ports.map((containerPort) => ({
      name: `port-${containerPort}`,
      containerPort,
      ...(onHosts ? { hostPort: 0 } : {}),
    })),
    stopSeconds: drainSeconds + STOP_GRACE_SECONDS,
    // An edge collects garbage itself, once it is quiet: Bun's timer would cost a busy one 7 % of its CPU time.
    environment: { BUN_GC_TIMER_DISABLE: "1" },
    // A container has a network of its own, which does not take these from its host.
    systemControls: [
      { namespace: "net.ipv4.ip_local_port_range", value: `${LOCAL_PORTS_FROM} 65535` },
      { namespace: "net.core.somaxconn", value: "65535" },
    ],
    ...(onHosts ? { cpu, memoryMiB } : {}),
  });
  if (onHosts) addRoutesVolume(taskDefinition, container, `${deployment.config.name}-${service.name}-routes`);
  return taskDefinition;
}

/**
 * A volume of the host, which Docker makes when it is first needed and which outlives the task: the next one on the host
 * serves known users even if the route API is unavailable. Each service has its own, and its tasks share it. An empty
 * volume takes its owner from the image.
 */
function addRoutesVolume(task: ecs.TaskDefinition, container: ecs.ContainerDefinition, name: string): void {
  task.addVolume({
    name,
    dockerVolumeConfiguration: { scope: ecs.Scope.SHARED, autoprovision: true, driver: "local" },
  });
  container.addMountPoints({ sourceVolume: name, containerPath: ROUTES_FOLDER, readOnly: false });
}
