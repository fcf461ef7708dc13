import pino from "pino";
import { describe, expect, test } from "vitest";
import type { Fence, FullEntry, RouteEntry, RouteStore } from "../../../../../route-api/store/store.ts";
import { epochOf, FIRST_EPOCH } from "../../../../../route-api/store/write-number.ts";
import { acquireLease, type Lease } from "../../../../../route-api/sync/lease.ts";
import { found, stored } from "../../../../support/stored.ts";
import { put, remove } from "../../../../support/writes.ts";
import { entry, type StoreUnderTest, version } from "./under-test.ts";

const log = pino({ level: "silent" });

/** Takes the lease over from whoever has released it. */
async function lead(store: RouteStore): Promise<Lease> {
  const { signal } = new AbortController();
  const lease = await acquireLease(store, { holder: "somebody", log, signal });
  if (lease === undefined) throw new Error("the lease was not free");
  return lease;
}

/** What a leader does of which another has taken the lease, and what the table holds by then. */
interface Late {
  name: string;
  /** What the later leader does. */
  later(store: RouteStore, one: FullEntry, lease: Fence): Promise<unknown>;
  /** What reaches the store only then. */
  late(store: RouteStore, one: FullEntry, lease: Fence): Promise<unknown>;
  holds(one: FullEntry): RouteEntry | undefined;
}

const moved = (one: FullEntry): FullEntry => ({ ...one, mailHost: ["store2"], version: version(2) });
const movedAgain = (one: FullEntry): FullEntry => ({ ...one, mailHost: ["store3"], version: version(3) });

const LATE: Late[] = [
  {
    name: "an older mail host over a newer one",
    later: (store, one, lease) => put(store, [{ ...moved(one), version: "" }], lease),
    late: (store, one, lease) => put(store, [{ ...movedAgain(one), version: "" }], lease),
    holds: (one) => ({ ...moved(one), version: "" }),
  },
  {
    name: "an entry that was removed",
    later: (store, one, lease) => remove(store, [one.uuid], lease),
    late: (store, one, lease) => put(store, [moved(one)], lease),
    holds: () => undefined,
  },
  {
    name: "the removal of an entry that has changed",
    later: (store, one, lease) => put(store, [moved(one)], lease),
    late: (store, one, lease) => remove(store, [one.uuid], lease),
    holds: moved,
  },
  {
    name: "the removal of an entry that went and came back",
    later: async (store, one, lease) => {
      await remove(store, [one.uuid], lease);
      await put(store, [one], lease);
    },
    late: (store, one, lease) => remove(store, [one.uuid], lease),
    holds: (one) => one,
  },
];

/** Writes of a leader that has lost the lease. */
export function fenceContract(get: () => StoreUnderTest): void {
  describe("fences", () => {
    test.each(LATE)(
      "a leader that has lost the lease does not write $name",
      async ({ later, late, holds }) => {
        const { store, other, pointersTo } = get();
        const one = entry();
        const first = await lead(store);
        await put(store, [one], first.fence);
        // It does not know yet: its last renewal was a moment ago.
        await first.end(true);
        const second = await lead(other);
        await later(other, one, second.fence);
        const pointers = await pointersTo(one.uuid);
        await expect(late(store, one, first.fence)).rejects.toMatchObject({ code: "fenced" });
        await second.end(true);

        const held = holds(one);
        expect(await store.get(one.uuid)).toEqual(held && stored(held));
        for (const login of one.logins) {
          expect(await store.find(login, "consistent")).toEqual(
            held === undefined ? { is: "unknown" } : found(held),
          );
        }
        expect(await pointersTo(one.uuid)).toEqual(pointers);
      },
    );

    test.each([
      { name: "was not there", before: [] },
      { name: "the earlier one had removed already", before: ["put", "remove"] },
    ])(
      "a leader that has lost the lease does not bring back what the later one removed and $name",
      async ({ before }) => {
        const { store, other, pointersTo } = get();
        const one = entry();
        const first = await lead(store);
        for (const step of before) {
          if (step === "put") await put(store, [one], first.fence);
          else await remove(store, [one.uuid], first.fence);
        }
        await first.end(true);
        const second = await lead(other);
        expect(await remove(other, [one.uuid, one.uuid], second.fence)).toEqual([]);
        await expect(put(store, [one], first.fence)).rejects.toMatchObject({ code: "fenced" });
        expect(await store.get(one.uuid)).toBeUndefined();
        expect(await pointersTo(one.uuid)).toEqual([]);
        expect(await put(other, [one], second.fence)).toMatchObject([{ did: "wrote" }]);
        await second.end(true);
      },
    );

    test("the number of a write grows with each, and with each leader, whatever the clock says", async () => {
      const { store } = get();
      const one = entry({ version: "" });
      const numbers: number[] = [];
      for (let leader = 0; leader < 3; leader++) {
        const lease = await lead(store);
        for (const host of ["a", "b"]) {
          const [result] = await put(store, [{ ...one, mailHost: [host] }], lease.fence);
          if (result?.did === "wrote") numbers.push(result.entry.write);
        }
        const [removed] = await remove(store, [one.uuid], lease.fence);
        numbers.push(removed?.write ?? 0);
        await lease.end(true);
      }
      expect(numbers).toHaveLength(9);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(new Set(numbers.map(epochOf)).size).toBe(3);
      // Above the numbers of earlier versions, which were times.
      expect(epochOf(numbers[0] ?? 0)).toBeGreaterThanOrEqual(FIRST_EPOCH);
      expect(numbers[0]).toBeGreaterThan(Date.now());
    });

    test("a leader whose lease has lost its epoch goes on with a later one", async () => {
      const { store } = get();
      const one = entry();
      const first = await lead(store);
      await put(store, [one], first.fence);
      const { epoch } = first.fence;
      await first.end(true);
      // As a version does that knows of no epochs.
      const document = await store.readDocument("sync");
      const forgotten = { holder: null, notes: { entries: 0 } };
      await store.swapDocument("sync", forgotten, document?.revision);
      const second = await lead(store);
      await second.outrank(epoch);
      expect(await put(store, [moved(one)], second.fence)).toMatchObject([{ did: "wrote" }]);
      expect(second.fence.epoch).toBeGreaterThan(epoch);
      await second.end(true);
    });
  });
}
