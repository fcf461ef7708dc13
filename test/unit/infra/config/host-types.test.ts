import { expect, test } from "vitest";
import { architectureOf, hostCapacity, tasksPerHost } from "../../../../infra/config/host-types.ts";

test.each([
  // The kernel keeps a part of a host's memory, and the ECS agent 256 MiB of the rest.
  ["m7g.large", 2048, 7608],
  ["m7g.medium", 1024, 3676],
  ["c7i.xlarge", 4096, 7608],
  ["r8g.2xlarge", 8192, 62_658],
  ["m7i-flex.large", 2048, 7608],
  ["c5.9xlarge", 36_864, 70_522],
  ["t4g.small", 2048, 1710],
  ["t3.2xlarge", 8192, 31_201],
])("%s offers %i CPU units and %i MiB to tasks", (instanceType, cpu, memoryMiB) => {
  expect(hostCapacity(instanceType)).toEqual({ cpu, memoryMiB });
});

test.each(["m7g", "m7g.larger", "m7q.large", "t4g.nano", "x.large"])("%s is not known", (instanceType) => {
  expect(hostCapacity(instanceType)).toBeUndefined();
});

test("what a configuration says of a host counts", () => {
  const host = { cores: 1, memoryMiB: 2048 };
  expect(hostCapacity("m99g.large", { host })).toEqual({ cpu: 1024, memoryMiB: 1710 });
});

test.each([
  ["m7g.large", "arm64"],
  ["c7gn.large", "arm64"],
  ["m7i.large", "x86_64"],
  ["r7iz.large", "x86_64"],
])("%s is %s", (instanceType, architecture) => {
  expect(architectureOf(instanceType)).toBe(architecture);
});

test("the scarcer of CPU and memory decides how many tasks a host holds", () => {
  const host = { cpu: 2048, memoryMiB: 7608 };
  expect(tasksPerHost(host, { cpu: 256, memoryMiB: 1024 })).toBe(7);
  expect(tasksPerHost(host, { cpu: 1024, memoryMiB: 1024 })).toBe(2);
});
