import type { Fault } from "../../bin/config/mistakes.ts";
import { architectureOf, hostCapacity, tasksPerHost } from "./host-types.ts";
import { TARGET_GROUPS_PER_SERVICE } from "./quotas.ts";
import type { DeploymentConfig } from "./schema.ts";
import { sizeOf } from "./sizes.ts";

/** Without room for a new task beside the old ones, a deployment under full load would never end. */
const SPARE_HOSTS = 1;

/** Checks that the hosts are what the image is built for, that each task fits on one, and that there can be enough. */
export function checkHosts(config: DeploymentConfig): Fault[] {
  const { edge } = config.sizes;
  const { instanceType, architecture } = edge;
  const path = ["sizes", "edge"];
  const host = hostCapacity(edge);
  if (host === undefined) {
    const text = `${instanceType} is not a known instance type; if there is such a type, say in sizes.edge.host what it has`;
    return [{ path: [...path, "instanceType"], text }];
  }
  if ((architectureOf(instanceType) ?? architecture) !== architecture)
    return [
      { path: [...path, "instanceType"], text: `${instanceType} is not an ${architecture} instance type` },
    ];

  const onHosts = Object.keys(config.instances).filter(
    (name) => sizeOf(config.sizes, name).capacity === "ec2",
  );
  const tooLarge = onHosts.flatMap((name) => {
    const { cpu, memoryMiB } = sizeOf(config.sizes, name);
    const field = cpu > host.cpu ? "cpu" : memoryMiB > host.memoryMiB ? "memoryMiB" : undefined;
    if (field === undefined) return [];
    const own = field in (config.sizes.instances[name] ?? {});
    const text = `a host of type ${instanceType} has ${host.cpu} CPU units and ${host.memoryMiB} MiB for tasks`;
    return [{ path: own ? ["sizes", "instances", name, field] : [...path, field], text }];
  });
  if (tooLarge.length > 0) return tooLarge;

  const full = onHosts.reduce((sum, name) => {
    const size = sizeOf(config.sizes, name);
    return sum + (servicesOf(config, name) * size.tasks.max) / tasksPerHost(host, size);
  }, 0);
  const needed = Math.ceil(full + SPARE_HOSTS);
  if (needed <= edge.hosts.max) return [];
  const text = `${needed} are needed for tasks.max of every instance, with one host left over for deployments`;
  return [{ path: [...path, "hosts", "max"], text }];
}

/** Services of an instance: one for every five target groups. */
function servicesOf({ loadBalancers }: DeploymentConfig, name: string): number {
  const groups = Object.values(loadBalancers).flatMap(({ listeners }) => [
    ...new Set(listeners.filter(({ instance }) => instance === name).map(({ to }) => to)),
  ]);
  return Math.max(1, Math.ceil(groups.length / TARGET_GROUPS_PER_SERVICE));
}
