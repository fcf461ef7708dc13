import type { EdgeSize } from "./sizes.ts";

/** What a host has for its tasks. */
export interface HostCapacity {
  /** 1024 are one core. */
  cpu: number;
  memoryMiB: number;
}

const GIB = 1024;
/** Memory per core of each class, in GiB. */
const MEMORY_PER_CORE: Record<string, number> = { c: 2, m: 4, r: 8 };

/** Instance families whose hosts are known, by architecture. */
const FAMILIES: Record<EdgeSize["architecture"], readonly string[]> = {
  arm64:
    "c6g c6gd c6gn c7g c7gd c7gn c8g c8gd c8gn m6g m6gd m7g m7gd m8g m8gd r6g r6gd r7g r7gd r8g r8gd t4g".split(
      " ",
    ),
  x86_64: [
    "c5 c5a c5ad c5d c6a c6i c6id c6in c7a c7i c7i-flex c8a c8i c8i-flex",
    "m5 m5a m5ad m5d m5n m5dn m6a m6i m6id m6in m6idn m7a m7i m7i-flex m8a m8i m8i-flex",
    "r5 r5a r5ad r5b r5d r5n r5dn r6a r6i r6id r6in r6idn r7a r7i r7iz r8a r8i r8i-flex t3 t3a",
  ].flatMap((line) => line.split(" ")),
};

/** Cores by size; medium has one, where a family has it. */
const CORES: Record<string, number> = {
  ...{ medium: 1, large: 2, xlarge: 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "9xlarge": 36 },
  ...{ "12xlarge": 48, "16xlarge": 64, "18xlarge": 72, "24xlarge": 96, "32xlarge": 128, "48xlarge": 192 },
};

/** Burstable types have two cores up to large, and memory of their own. */
const BURSTABLE_GIB: Record<string, number> = { small: 2, medium: 4, large: 8, xlarge: 16, "2xlarge": 32 };

/** What the kernel leaves of a host's memory, in percent, and what the ECS agent is given of it, in MiB. */
const LEFT_PERCENT = 96;
export const AGENT_MEMORY_MIB = 256;

/** The architecture of an instance type, by its family; undefined if it is not known. */
export const architectureOf = (instanceType: string): EdgeSize["architecture"] | undefined => {
  const [family = ""] = instanceType.split(".");
  return (["arm64", "x86_64"] as const).find((architecture) => FAMILIES[architecture].includes(family));
};

/** What ECS can give to tasks on a host; undefined if the instance type is not known and `host` does not say it. */
export function hostCapacity(
  instanceType: string,
  { host }: Pick<EdgeSize, "host"> = {},
): HostCapacity | undefined {
  const { cores, memoryMiB } = host ?? nominal(instanceType) ?? {};
  if (cores === undefined || memoryMiB === undefined) return undefined;
  return {
    cpu: cores * 1024,
    memoryMiB: Math.floor((memoryMiB * LEFT_PERCENT) / 100) - AGENT_MEMORY_MIB,
  };
}

/** The instance types that hosts may have, the preferred one first. */
export const hostTypes = ({ instanceType, otherInstanceTypes }: EdgeSize): string[] => [
  instanceType,
  ...otherInstanceTypes,
];

function nominal(instanceType: string): EdgeSize["host"] {
  const [family = "", size = ""] = instanceType.split(".");
  if (architectureOf(instanceType) === undefined) return undefined;
  if (family.startsWith("t")) {
    const gib = BURSTABLE_GIB[size];
    return gib === undefined ? undefined : { cores: Math.max(2, CORES[size] ?? 0), memoryMiB: gib * GIB };
  }
  const cores = CORES[size];
  const perCore = MEMORY_PER_CORE[family.charAt(0)];
  return cores === undefined || perCore === undefined
    ? undefined
    : { cores, memoryMiB: cores * perCore * GIB };
}

/** How many of the same tasks fit on a host. */
export const tasksPerHost = (host: HostCapacity, { cpu, memoryMiB }: HostCapacity): number =>
  Math.floor(Math.min(host.cpu / cpu, host.memoryMiB / memoryMiB));
