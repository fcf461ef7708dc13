import { describe, expect, test } from "vitest";
import { type StoreUnderTest, unique } from "./under-test.ts";

/** Lists of values that expire. */
export function listContract(get: () => StoreUnderTest): void {
  describe("lists", () => {
    test("an item is replaced, read in the order of keys by anybody, and removed", async () => {
      const { store, other } = get();
      const list = unique("list");
      expect(await store.lists.read(list)).toEqual([]);
      await store.lists.put(list, "b", { n: 1 }, 60);
      await other.lists.put(list, "a", [null, "ü"], 60);
      await store.lists.put(list, "b", { n: 2 }, 60);
      await store.lists.put(`${list}-other`, "c", 3, 60);
      expect(await other.lists.read(list)).toEqual([
        { key: "a", value: [null, "ü"] },
        { key: "b", value: { n: 2 } },
      ]);
      await other.lists.remove(list, "a");
      await other.lists.remove(list, "a");
      expect(await store.lists.read(list)).toEqual([{ key: "b", value: { n: 2 } }]);
    });

    test("an eventually consistent read finds what has been there for a while", async () => {
      const { lists } = get().store;
      const list = unique("list");
      await lists.put(list, "a1", 1, 60);
      await lists.put(list, "b1", 2, 60);
      expect(await lists.read(list, "a", "eventual")).toEqual([{ key: "a1", value: 1 }]);
    });

    test("a prefix selects keys, whatever characters it has", async () => {
      const { lists } = get().store;
      const list = unique("list");
      for (const key of ["api#1", "api#2", "edge#1", "a%", "api%"]) await lists.put(list, key, key, 60);
      const keys = async (prefix: string) => (await lists.read(list, prefix)).map(({ key }) => key);
      expect(await keys("api#")).toEqual(["api#1", "api#2"]);
      expect(await keys("a%")).toEqual(["a%"]);
      expect(await keys("z")).toEqual([]);
    });

    test("pages from the last key backwards", async () => {
      const { lists } = get().store;
      const list = unique("list");
      for (const key of ["1", "2", "3", "4", "5"]) await lists.put(list, key, Number(key), 60);
      const keys = async (limit: number, before?: string) =>
        (await lists.readLast(list, limit, before)).map(({ key }) => key);
      expect(await keys(2)).toEqual(["5", "4"]);
      expect(await keys(2, "4")).toEqual(["3", "2"]);
      expect(await keys(2, "2")).toEqual(["1"]);
      expect(await keys(2, "1")).toEqual([]);
    });

    test("what is behind a key is read in order", async () => {
      const { lists } = get().store;
      const list = unique("list");
      for (const key of ["2", "1", "3"]) await lists.put(list, key, Number(key), 60);
      const keys = async (after: string) => (await lists.readAfter(list, after)).map(({ key }) => key);
      expect(await keys("")).toEqual(["1", "2", "3"]);
      expect(await keys("1")).toEqual(["2", "3"]);
      expect(await keys("1~")).toEqual(["2", "3"]);
      expect(await keys("3")).toEqual([]);
    });

    test("an expired item is not read", async () => {
      const { lists } = get().store;
      const list = unique("list");
      await lists.put(list, "gone", 1, 0);
      await lists.put(list, "here", 2, 60);
      expect(await lists.read(list)).toEqual([{ key: "here", value: 2 }]);
      expect(await lists.readLast(list, 10)).toEqual([{ key: "here", value: 2 }]);
    });

    test("more than one page of a megabyte is read as one list", async () => {
      const { lists } = get().store;
      const list = unique("list");
      const value = "x".repeat(350_000);
      const keys = ["1", "2", "3", "4"];
      for (const key of keys) await lists.put(list, key, value, 60);
      expect((await lists.read(list)).map(({ key }) => key)).toEqual(keys);
    });
  });
}
