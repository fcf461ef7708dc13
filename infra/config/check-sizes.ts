import type { Fault, Path } from "../../bin/config/mistakes.ts";
import { checkHosts } from "./check-hosts.ts";
import type { DeploymentConfig } from "./schema.ts";
import { type EdgeSize, sizeOf, usesHosts } from "./sizes.ts";

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

/** CloudFormation gives a service up that is not stable after three hours; this leaves time for new tasks to start. */
const DEPLOYMENT_SECONDS = 9000;

/** Checks sizes against each other and against what ECS offers. */
export function checkSizes(config: DeploymentConfig): Fault[] {
  const { sizes, instances } = config;
  const names = Object.keys(instances);
  const edges = names.map((name) => ({ name, size: sizeOf(sizes, name) }));
  return [
    ...Object.keys(sizes.instances)
      .filter((name) => !names.includes(name))
      .map((name) => ({
        path: ["sizes", "instances", name],
        text: `there is no instance ${name}; there are: ${names.join(", ")}`,
      })),
    ...checkRange(["edge", "hosts"], sizes.edge.hosts),
    ...checkRange(["routeApi", "tasks"], sizes.routeApi.tasks),
    ...checkFargate(["routeApi"], sizes.routeApi),
    ...checkFargate(["sync"], sizes.sync),
    ...(usesHosts(sizes, names) ? checkHosts(config) : []),
    ...edges.flatMap(({ name, size }) => checkEdge(placeOf(sizes, name), size)),
  ].filter(isFirst);
}

type Place = (field: keyof EdgeSize) => string[];

/** Where a field of an instance's size stands: at the instance, or for all. */
const placeOf =
  (sizes: DeploymentConfig["sizes"], name: string): Place =>
  (field) =>
    field in (sizes.instances[name] ?? {}) ? ["instances", name, field] : ["edge", field];

function checkEdge(place: Place, size: EdgeSize): Fault[] {
  const faults = [
    ...checkRange(place("tasks"), size.tasks),
    ...checkSchedule(place, size),
    ...checkDeploymentTime(place, size),
  ];
  if (size.capacity === "ec2") return faults;
  if (size.drainSeconds > FARGATE_DRAIN_SECONDS) {
    const text = `must be at most ${FARGATE_DRAIN_SECONDS} on Fargate, which kills a task 120 seconds after SIGTERM`;
    faults.push(faultAt(place("drainSeconds"), text));
  }
  return [...faults, ...checkFargate(place("memoryMiB").slice(0, -1), size)];
}

const checkSchedule = (place: Place, { schedule, tasks }: EdgeSize): Fault[] =>
  schedule.flatMap(({ min }, index) =>
    min > tasks.max
      ? [faultAt([...place("schedule"), index, "min"], `must not exceed tasks.max (${tasks.max})`)]
      : [],
  );

/** A deployment waits for the old tasks, wave after wave. */
function checkDeploymentTime(place: Place, size: EdgeSize): Fault[] {
  const { drainSeconds, deregistrationSeconds, maximumPercent } = size;
  const waves = Math.ceil(100 / (maximumPercent - 100));
  const seconds = waves * (drainSeconds + deregistrationSeconds);
  if (seconds <= DEPLOYMENT_SECONDS) return [];
  const text = `with deregistrationSeconds, and ${waves} waves by maximumPercent, a deployment takes ${seconds} seconds; CloudFormation gives it up after three hours, so at most ${DEPLOYMENT_SECONDS} can be planned`;
  return [faultAt(place("drainSeconds"), text)];
}

const checkRange = (path: string[], { min, max }: { min: number; max: number }): Fault[] =>
  min > max ? [faultAt([...path, "min"], `must not exceed max (${max})`)] : [];

function checkFargate(path: string[], { cpu, memoryMiB }: { cpu: number; memoryMiB: number }): Fault[] {
  const offered = FARGATE_MEMORY[cpu] ?? [];
  if (offered.includes(memoryMiB)) return [];
  return [faultAt([...path, "memoryMiB"], `with ${cpu} CPU units Fargate offers ${offered.join(", ")}`)];
}

const faultAt = (path: Path, text: string): Fault => ({ path: ["sizes", ...path], text });

/** Instances that share a setting share its fault. */
const isFirst = ({ path, text }: Fault, index: number, all: Fault[]): boolean =>
  all.findIndex((other) => other.text === text && other.path.join() === path.join()) === index;
