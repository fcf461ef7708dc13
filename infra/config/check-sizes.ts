import type { Fault } from "../../bin/config/mistakes.ts";
import type { DeploymentConfig } from "./schema.ts";

/** Fargate kills a task 120 seconds after SIGTERM. */
const FARGATE_DRAIN_SECONDS = 110;

const range = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / 1024 + 1 }, (_, index) => from + index * 1024);

/** Memory that Fargate offers by CPU units, in MiB. */
const FARGATE_MEMORY: Record<number, readonly number[]> = {
  256: [512, 1024, 2048],
  512: range(1024, 4096),
  1024: range(2048, 8192),
  2048: range(4096, 16_384),
  4096: range(8192, 30_720),
};

/** Graviton instance types have a g after the generation. */
const GRAVITON = /^(a1|[a-z]+\d+g[a-z]*)\./;

export function checkSizes({ sizes }: DeploymentConfig): Fault[] {
  const { edge, routeApi, sync } = sizes;
  const faults: Fault[] = [];
  const fault = (path: string[], text: string) => faults.push({ path: ["sizes", ...path], text });
  for (const [path, { min, max }] of [
    [["edge", "hosts"], edge.hosts],
    [["edge", "tasks"], edge.tasks],
    [["routeApi", "tasks"], routeApi.tasks],
  ] as const) {
    if (min > max) fault([...path, "min"], `must not exceed max (${max})`);
  }
  if (edge.capacity === "fargate" && edge.drainSeconds > FARGATE_DRAIN_SECONDS) {
    fault(
      ["edge", "drainSeconds"],
      `must be at most ${FARGATE_DRAIN_SECONDS} on Fargate, which kills a task 120 seconds after SIGTERM`,
    );
  }
  if (edge.capacity === "ec2" && GRAVITON.test(edge.instanceType) !== (edge.architecture === "arm64")) {
    fault(["edge", "instanceType"], `${edge.instanceType} is not an ${edge.architecture} instance type`);
  }
  const onFargate = [
    ...(edge.capacity === "fargate" ? [["edge", edge] as const] : []),
    ["routeApi", routeApi] as const,
    ["sync", sync] as const,
  ];
  for (const [name, { cpu, memoryMiB }] of onFargate) {
    const given = FARGATE_MEMORY[cpu] ?? [];
    if (given.includes(memoryMiB)) continue;
    fault([name, "memoryMiB"], `with ${cpu} CPU units Fargate offers ${given.join(", ")}`);
  }
  return faults;
}
