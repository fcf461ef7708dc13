import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import type { ConfigurationFor } from "../../../../bin/config/needs.ts";
import { processesFor, shareOf } from "../../../../bin/workers/share.ts";
import { InstanceConfig } from "../../../../edge-proxy/config/instance.ts";
import { Stores } from "../../../../edge-proxy/config/stores.ts";

const instance = (workers: number | "auto", connections = 100): InstanceConfig =>
  InstanceConfig.parse({ listeners: [{ protocol: "imap", port: 1 }], workers, limits: { connections } });

test.each([
  [[1], 1],
  [[1, 3, 2], 3],
  [["auto" as const], availableParallelism()],
  [[], 1],
])("workers %j need %i processes", (workers, expected) => {
  const instances = Object.fromEntries(workers.map((count, index) => [`i${index}`, instance(count)]));
  expect(processesFor(instances)).toBe(expected);
});

test.each([
  [0, { one: 10, three: 34 }],
  [1, { three: 34 }],
  [2, { three: 34 }],
  [3, {}],
])(
  "process %i runs the instances that have so many workers, with its share of their connections",
  (index, expected) => {
    const instances = { one: instance(1, 10), three: instance(3, 100) };
    const share = shareOf({ instances, stores: {} } as unknown as ConfigurationFor<"mmp edge">, index);
    const connections = Object.entries(share.instances).map(([name, { limits }]) => [
      name,
      limits.connections,
    ]);
    expect(Object.fromEntries(connections)).toEqual(expected);
  },
);

test("what a store may take up is divided among all processes", () => {
  const stores = Stores.parse({ "*": {}, small: { attempts: 2, sessions: 100 } });
  const configuration = { instances: { three: instance(3) }, stores };
  const share = shareOf(configuration as unknown as ConfigurationFor<"mmp edge">, 1);
  const limits = Object.entries(share.stores).map(([name, { attempts, sessions }]) => [
    name,
    attempts,
    sessions,
  ]);
  expect(limits).toEqual([
    ["*", 86, undefined],
    ["small", 1, 34],
  ]);
});
