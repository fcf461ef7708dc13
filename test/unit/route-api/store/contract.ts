import { describe, expect, test } from "vitest";
import { documentContract } from "./contract/documents.ts";
import { entryContract } from "./contract/entries.ts";
import { feedContract } from "./contract/feed.ts";
import { nameContract } from "./contract/names.ts";
import { sessionContract } from "./contract/sessions.ts";
import type { StoreUnderTest } from "./contract/under-test.ts";
import { writeContract } from "./contract/writes.ts";

/** What every route store must do; run over each adapter. */
export function storeContract(name: string, get: () => StoreUnderTest): void {
  describe(name, () => {
    entryContract(get);
    writeContract(get);
    nameContract(get);
    feedContract(get);
    documentContract(get);
    sessionContract(get);

    test("it says that it is ready, and making it again does no harm", async () => {
      const { store } = get();
      await store.create();
      await store.ready();
      for (const count of Object.values(store.usage)) expect(count).toBeGreaterThanOrEqual(0);
    });
  });
}
