import { describe, expect, test } from "vitest";
import type { Hold } from "../../../../../route-api/contract/holds.ts";
import type { StoredEntry } from "../../../../../route-api/store/store.ts";
import { stored } from "../../../../support/stored.ts";
import { fence, put, remove } from "../../../../support/writes.ts";
import { entry, type StoreUnderTest, version } from "./under-test.ts";

const hold = (more: Partial<Hold> = {}): Hold => ({
  id: "h1",
  gen: 0,
  by: "admin",
  why: "ticket 4711",
  from: ["store1"],
  until: "2026-01-01T00:00:00.000Z",
  ...more,
});

/** Holds of entries, beside the writes of a sync. */
export function holdContract(get: () => StoreUnderTest): void {
  describe("holds", () => {
    const written = async (fields: Parameters<typeof entry>[0] = {}) => {
      const { store } = get();
      const one = entry(fields);
      await put(store, [one]);
      const read = await store.get(one.uuid);
      if (read === undefined) throw new Error("not written");
      return { one, read };
    };

    test("one is set, seen by every look-up, renewed and removed; each time the write counts up", async () => {
      const { store, other } = get();
      const { one, read } = await written();
      const held = await store.swapHold(read, hold());
      expect(held).toEqual({ ...read, write: read.write + 1, hold: hold() });
      for (const consistency of ["eventual", "consistent"] as const)
        expect(await other.find(one.account, consistency)).toEqual({ is: "found", entry: held });
      const listed: StoredEntry[] = [];
      for await (const each of other.entries()) if (each.uuid === one.uuid) listed.push(each);
      expect(listed).toEqual([held]);
      const renewed = await other.swapHold(held as StoredEntry, hold({ gen: 1 }));
      expect(renewed).toMatchObject({ write: read.write + 2, hold: { gen: 1 } });
      await store.swapHold(renewed as StoredEntry, undefined);
      expect(await store.get(one.uuid)).toEqual({ ...read, write: read.write + 3 });
    });

    test("of several that were read alike one is set, and none over a write that came meanwhile", async () => {
      const { store, other } = get();
      const { one, read } = await written();
      const swaps = Array.from({ length: 6 }, (_, at) =>
        (at % 2 === 0 ? store : other).swapHold(read, hold({ id: `h${at}` })),
      );
      const won = (await Promise.all(swaps)).filter((held) => held !== undefined);
      expect(won).toHaveLength(1);
      expect((await store.get(one.uuid))?.hold?.id).toBe(won[0]?.hold?.id);
      await put(store, [{ ...one, version: version(2) }]);
      expect(await store.swapHold(won[0] as StoredEntry, undefined)).toBeUndefined();
      expect((await store.get(one.uuid))?.hold?.id).toBe(won[0]?.hold?.id);
    });

    test("a put carries it over, with a greater number, and drops it with the mail host that it is from", async () => {
      const { store } = get();
      const by = fence();
      const one = entry();
      await put(store, [one], by);
      const read = (await store.get(one.uuid)) as StoredEntry;
      const held = (await store.swapHold(read, hold())) as StoredEntry;
      // What has not changed is not written.
      expect(await put(store, [one], by)).toEqual([{ did: "nothing" }]);
      expect(await store.get(one.uuid)).toEqual(held);
      const touched = { ...one, dn: `${one.dn},o=x`, version: version(2) };
      const [result] = await put(store, [touched], by);
      expect(result).toMatchObject({ did: "wrote", entry: { hold: hold() } });
      const after = (await store.get(one.uuid)) as StoredEntry;
      expect(after).toEqual({ ...stored(touched), hold: hold() });
      expect(after.write).toBeGreaterThan(held.write);
      const moved = { ...touched, mailHost: ["store2"], version: version(3) };
      await put(store, [moved], by);
      const there = (await store.get(one.uuid)) as StoredEntry;
      expect(there).toEqual(stored(moved));
      expect(there.write).toBeGreaterThan(after.write);
      // Back again it is not on hold.
      await put(store, [{ ...moved, mailHost: ["store1"], version: version(4) }], by);
      expect((await store.get(one.uuid))?.hold).toBeUndefined();
    });

    test("an entry that is gone has none, and no removal is undone", async () => {
      const { store } = get();
      const { one, read } = await written();
      const held = (await store.swapHold(read, hold())) as StoredEntry;
      await remove(store, [one.uuid]);
      expect(await store.swapHold(held, undefined)).toBeUndefined();
      expect(await store.get(one.uuid)).toBeUndefined();
      await put(store, [{ ...one, version: version(2) }]);
      expect((await store.get(one.uuid))?.hold).toBeUndefined();
    });
  });
}
