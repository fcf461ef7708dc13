import type { Fault } from "../../bin/config/mistakes.ts";
import { architectureOf, type HostCapacity, hostCapacity, hostTypes, tasksPerHost } from "./host-types.ts";
import { TARGET_GROUPS_PER_SERVICE } from "./quotas.ts";
import type { DeploymentConfig } from "./schema.ts";
import { sizeOf } from "./sizes.ts";

/** Without room for a new task beside the old ones, a deployment under full load would never end. */
const SPARE_HOSTS = 1;

/** Checks that the hosts are what the image is built for, that each task fits on one, and that there can be enough. */
export function checkHosts(config: DeploymentConfig): Fault[] {
  const types = hostTypes(config.sizes.edge);
  const faults = types.flatMap((instanceType, index) => checkType(config, types, instanceType, index));
  return faults.length > 0 ? faults : checkHostCount(config);
}

function checkType(
  config: DeploymentConfig,
  types: readonly string[],
  instanceType: string,
  index: number,
): Fault[] {
  const { edge } = config.sizes;
  const field = index === 0 ? ["instanceType"] : ["otherInstanceTypes", index - 1];
  const fault = (text: string): Fault[] => [{ path: ["sizes", "edge", ...field], text }];
  if (types.indexOf(instanceType) !== index) return fault(`${instanceType} is already listed`);
  const host = hostCapacity(instanceType, edge);
  if (host === undefined)
    return fault(
      `${instanceType} is not a known instance type; if there is such a type, say in sizes.edge.host what it has`,
    );
  if ((architectureOf(instanceType) ?? edge.architecture) !== edge.architecture)
    return fault(`${instanceType} is not an ${edge.architecture} instance type`);
  return checkTasks(config, instanceType, host);
}

/** Each task fits on a host of this type. */
const checkTasks = (config: DeploymentConfig, instanceType: string, host: HostCapacity): Fault[] =>
  instancesOnHosts(config).flatMap((name) => {
    const { cpu, memoryMiB } = sizeOf(config.sizes, name);
    const field = cpu > host.cpu ? "cpu" : memoryMiB > host.memoryMiB ? "memoryMiB" : undefined;
    if (field === undefined) return [];
    const own = field in (config.sizes.instances[name] ?? {});
    const text = `a host of type ${instanceType} has ${host.cpu} CPU units and ${host.memoryMiB} MiB for tasks`;
    return [{ path: ["sizes", ...(own ? ["instances", name] : ["edge"]), field], text }];
  });

/** The most hosts hold the most tasks, if all are of the smallest type. */
function checkHostCount(config: DeploymentConfig): Fault[] {
  const { edge } = config.sizes;
  const hosts = hostTypes(edge).flatMap((instanceType) => hostCapacity(instanceType, edge) ?? []);
  const full = instancesOnHosts(config).reduce((sum, name) => {
    const size = sizeOf(config.sizes, name);
    const fewest = Math.min(...hosts.map((host) => tasksPerHost(host, size)));
    return sum + (servicesOf(config, name) * size.tasks.max) / fewest;
  }, 0);
  const needed = Math.ceil(full + SPARE_HOSTS);
  if (needed <= edge.hosts.max) return [];
  const text = `${needed} are needed for tasks.max of every instance, with one host left over for deployments`;
  return [{ path: ["sizes", "edge", "hosts", "max"], text }];
}

const instancesOnHosts = ({ instances, sizes }: DeploymentConfig): string[] =>
  Object.keys(instances).filter((name) => sizeOf(sizes, name).capacity === "ec2");

/** Services of an instance: one for every five target groups. */
function servicesOf({ loadBalancers }: DeploymentConfig, name: string): number {
  const groups = Object.values(loadBalancers).flatMap(({ listeners }) => [
    ...new Set(listeners.filter(({ instance }) => instance === name).map(({ to }) => to)),
  ]);
  return Math.max(1, Math.ceil(groups.length / TARGET_GROUPS_PER_SERVICE));
}
