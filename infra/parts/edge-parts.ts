import { TARGET_GROUPS_PER_SERVICE } from "../config/quotas.ts";
import type { DeployedInstance, DeployedListener, DeploymentConfig } from "../config/schema.ts";

/** A listener of a load balancer, and the listener of an instance that it leads to. */
export interface Target {
  balancer: string;
  /** Port for clients. */
  port: number;
  listener: DeployedListener;
}

/** One service of the edge: an instance, or as many of its ports as a service may have. */
export interface EdgePart {
  name: string;
  instance: DeployedInstance;
  targets: Target[];
}

/** Divides instances so that no part has more than five target groups: `main`, or `main-1`, `main-2`. */
export const edgeParts = (config: DeploymentConfig): EdgePart[] =>
  Object.entries(config.instances).flatMap(([name, instance]) => {
    const chunks = chunk(targetsOf(config, name, instance));
    return chunks.map((targets, index) => ({
      name: chunks.length === 1 ? name : `${name}-${index + 1}`,
      instance: { ...instance, listeners: [...new Set(targets.flat().map(({ listener }) => listener))] },
      targets: targets.flat(),
    }));
  });

/** Targets of an instance, those of one listener together. */
const targetsOf = (
  { loadBalancers }: DeploymentConfig,
  name: string,
  { listeners }: DeployedInstance,
): Target[][] =>
  listeners.map((listener) =>
    Object.entries(loadBalancers).flatMap(([balancer, { listeners: outer }]) =>
      outer
        .filter(({ instance, to }) => instance === name && to === listener.port)
        .map(({ port }) => ({ balancer, port, listener })),
    ),
  );

function chunk(groups: Target[][]): Target[][][] {
  const chunks: Target[][][] = [];
  for (const group of groups) {
    const last = chunks.at(-1);
    if (last !== undefined && last.flat().length + group.length <= TARGET_GROUPS_PER_SERVICE)
      last.push(group);
    else chunks.push([group]);
  }
  return chunks;
}
