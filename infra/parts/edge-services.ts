import { TARGET_GROUPS_PER_SERVICE } from "../config/quotas.ts";
import type { DeployedInstance, DeployedListener, DeploymentConfig } from "../config/schema.ts";

/** A listener of an instance, and the ports of one load balancer that lead to it: a target group. */
export interface Target {
  balancer: string;
  /** Ports for clients. */
  ports: number[];
  listener: DeployedListener;
  /** Whether the load balancer sends a PROXY header. */
  proxyHeader: boolean;
}

/** An ECS service: an instance, or as many of its ports as a service can have. */
export interface EdgeService {
  name: string;
  instance: DeployedInstance;
  targets: Target[];
}

/** The services of all instances. */
export const allEdgeServices = (config: DeploymentConfig): EdgeService[] =>
  Object.keys(config.instances).flatMap((name) => edgeServices(config, name));

/** The services of an instance, so that none has more than five target groups: `main`, or `main-1` and `main-2`. */
export function edgeServices(config: DeploymentConfig, name: string): EdgeService[] {
  const instance = config.instances[name];
  if (instance === undefined) return [];
  const chunks = chunk(instance.listeners.map((listener) => targetsOf(config, name, listener)));
  return chunks.map((targets, index) => ({
    name: chunks.length === 1 ? name : `${name}-${index + 1}`,
    instance: { ...instance, listeners: [...new Set(targets.map(({ listener }) => listener))] },
    targets,
  }));
}

/** The targets of a listener: one for each load balancer that leads to it. */
const targetsOf = ({ loadBalancers }: DeploymentConfig, name: string, listener: DeployedListener): Target[] =>
  Object.entries(loadBalancers).flatMap(([balancer, { listeners: outer }]) => {
    const leading = outer.filter(({ instance, to }) => instance === name && to === listener.port);
    if (leading.length === 0) return [];
    const proxyHeader = sendsHeader(listener, leading);
    return [{ balancer, ports: leading.map(({ port }) => port), listener, proxyHeader }];
  });

/** Whether the ports of a load balancer that lead to a listener send a PROXY header. */
export const sendsHeader = (
  { proxyProtocol }: DeployedListener,
  ports: readonly { proxyHeader?: boolean | undefined }[],
): boolean => ports.some(({ proxyHeader }) => proxyHeader ?? proxyProtocol === "v2");

/** Fills services with targets; those of one listener stay together. */
function chunk(groups: Target[][]): Target[][] {
  const chunks: Target[][] = [];
  for (const group of groups) {
    const last = chunks.at(-1);
    if (last !== undefined && last.length + group.length <= TARGET_GROUPS_PER_SERVICE) last.push(...group);
    else chunks.push([...group]);
  }
  return chunks;
}
