import { describe, expect, test } from "vitest";
import { type StoreUnderTest, unique } from "./under-test.ts";

/** Documents that are swapped whole. */
export function documentContract(get: () => StoreUnderTest): void {
  describe("documents", () => {
    test("one that is absent is made once", async () => {
      const { store } = get();
      const name = unique("doc");
      expect(await store.readDocument(name)).toBeUndefined();
      const revision = await store.swapDocument(name, { a: [1, null, "ü"] }, undefined);
      expect(await store.readDocument(name)).toEqual({ value: { a: [1, null, "ü"] }, revision });
      expect(await store.swapDocument(name, { b: 1 }, undefined)).toBeUndefined();
      expect(await store.readDocument(name)).toEqual({ value: { a: [1, null, "ü"] }, revision });
    });

    test("only whoever knows the revision swaps, and each swap has its own, though the value be the same", async () => {
      const { store } = get();
      const name = unique("doc");
      const first = await store.swapDocument(name, 1, undefined);
      const second = await store.swapDocument(name, 1, first);
      expect(second).toBeDefined();
      expect(second).not.toBe(first);
      expect(await store.swapDocument(name, 2, first)).toBeUndefined();
      expect(await store.swapDocument(unique("doc"), 2, first)).toBeUndefined();
      expect(await store.readDocument(name)).toEqual({ value: 1, revision: second });
    });

    test("of many that swap at once exactly one wins", async () => {
      const { store, other } = get();
      const name = unique("doc");
      let revision: string | undefined;
      for (let round = 0; round < 5; round++) {
        const swaps = Array.from({ length: 8 }, (_, index) =>
          (index % 2 === 0 ? store : other).swapDocument(name, { round, index }, revision),
        );
        const won = (await Promise.all(swaps)).flatMap((next, index) =>
          next === undefined ? [] : [{ next, index }],
        );
        expect(won).toHaveLength(1);
        expect(await store.readDocument(name)).toEqual({
          value: { round, index: won[0]?.index },
          revision: won[0]?.next,
        });
        revision = won[0]?.next;
      }
    });
  });
}
