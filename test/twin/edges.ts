import type { Order, Target } from "./balancer/settings.ts";
import { nameOf } from "./balancer/settings.ts";
import { type JsonProcess, startOn } from "./json-process.ts";
import type { Host } from "./network.ts";

/** The balancer's groups, in the order of the edge's listeners. */
export const GROUPS = ["imap", "imaps", "wrong"] as const;
/** Groups whose targets are the same listener as another's. */
const TWIN_GROUPS = [{ group: "imaps-bare-check", like: "imaps" }] as const;

/** Time over which an edge ends its sessions, in seconds. */
export const DRAIN_SECONDS = 2;

/** An edge process behind the balancer. */
export interface RunningEdge {
  name: string;
  host: Host;
  process: JsonProcess;
  /** Its target in each group. */
  targets: { group: string; target: Target }[];
}

/** Starts an edge on a host, on ports that the host chooses, as ECS does in bridge mode. */
export async function startEdge(name: string, host: Host, config: string): Promise<RunningEdge> {
  const options = ["--config", config, "--drain-seconds", String(DRAIN_SECONDS)];
  const child = startOn(host.machine, "bun", ["bin/mmp.ts", "edge", ...options]);
  const { listeners } = (await child.hear("where it listens", ({ msg }) => msg === "listening")) as {
    listeners?: { port: number }[];
  };
  const targetOf = (group: string): Target => ({
    address: host.address,
    port: listeners?.[(GROUPS as readonly string[]).indexOf(group)]?.port ?? 0,
  });
  const targets = [
    ...GROUPS.map((group) => ({ group, target: targetOf(group) })),
    ...TWIN_GROUPS.map(({ group, like }) => ({ group, target: targetOf(like) })),
  ];
  return { name, host, process: child, targets };
}

/** Registers the edge everywhere; resolves when the balancer found it well. */
export async function register(balancer: JsonProcess, edge: RunningEdge): Promise<void> {
  await order(balancer, "register", edge, "healthy");
}

/**
 * Replaces nothing, ends one edge as ECS does: deregistered, out of use after the deregistration delay, then SIGTERM with
 * time to drain. Resolves with the time of the signal, in milliseconds since 1970, and the exit code.
 */
export async function retire(
  balancer: JsonProcess,
  edge: RunningEdge,
): Promise<{ at: number; code: number | string }> {
  await order(balancer, "deregister", edge, "unused");
  const at = Date.now();
  return { at, code: await edge.process.stop("SIGTERM") };
}

async function order(
  balancer: JsonProcess,
  what: Order["do"],
  { targets }: RunningEdge,
  until: string,
): Promise<void> {
  const from = balancer.said.length;
  for (const { group, target } of targets) balancer.tell({ do: what, group, target } satisfies Order);
  const reached = targets.map(({ group, target }) =>
    balancer.hear(
      `${nameOf(target)} ${until}`,
      (said) =>
        said.event === "state" &&
        said.group === group &&
        said.target === nameOf(target) &&
        said.state === until,
      from,
    ),
  );
  await Promise.all(reached);
}
