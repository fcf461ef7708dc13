import { describe, expect, test } from "vitest";
import { documentContract } from "./documents.ts";
import { entryContract } from "./entries.ts";
import { feedContract } from "./feed.ts";
import { fenceContract } from "./fences.ts";
import { holdContract } from "./holds.ts";
import { keptLoginContract } from "./kept-logins.ts";
import { listContract } from "./lists.ts";
import { nameContract } from "./names.ts";
import { pointerContract } from "./pointers.ts";
import type { StoreUnderTest } from "./under-test.ts";
import { writeContract } from "./writes.ts";

/** What every route store must do; run over each adapter. */
export function storeContract(name: string, get: () => StoreUnderTest): void {
  describe(name, () => {
    entryContract(get);
    writeContract(get);
    fenceContract(get);
    holdContract(get);
    nameContract(get);
    pointerContract(get);
    feedContract(get);
    documentContract(get);
    listContract(get);
    keptLoginContract(get);

    test("it says that it is ready, and making it again does no harm", async () => {
      const { store } = get();
      await store.create();
      await store.ready();
      for (const count of Object.values(store.usage)) expect(count).toBeGreaterThanOrEqual(0);
    });
  });
}
