import { describe, expect, test } from "vitest";
import { found } from "../../../../support/stored.ts";
import { fence, put } from "../../../../support/writes.ts";
import { entry, type StoreUnderTest, unique } from "./under-test.ts";

/** Pointers that are lost behind the store's back, or that an earlier version never wrote. */
export function pointerContract(get: () => StoreUnderTest): void {
  describe("lost pointers", () => {
    test("are found and restored, whatever they lead from, with the certificate", async () => {
      const { store, losePointer, pointersTo } = get();
      const fingerprint = Buffer.from(unique("f").padEnd(32)).toString("hex");
      const [id, intact] = [unique("u"), entry()];
      const one = entry({
        account: `${id}@account.example.com`,
        logins: [id, `${id}@example.com`],
        attributes: { cn: ["ann", "anna"] },
        fingerprints: [fingerprint],
        certificates: ["AAAA"],
      });
      await put(store, [one, intact]);
      const all = await pointersTo(one.uuid);
      expect(await store.lostPointers([one, intact])).toEqual([]);
      const values = { login: [id], cn: ["anna"], claim: [one.account], certificate: [fingerprint] };
      for (const [attribute, [value = ""]] of Object.entries(values))
        await losePointer(attribute, value, one.uuid);
      expect((await store.find(id, "consistent")).is).toBe("unknown");
      expect(await put(store, [one])).toEqual([{ did: "nothing" }]);

      const lost = await store.lostPointers([one, intact]);
      expect(lost).toEqual([{ entry: one, values }]);
      await store.restorePointers(lost, fence());
      expect(await pointersTo(one.uuid)).toEqual(all);
      expect(await store.certificates(one.uuid)).toEqual(["AAAA"]);
      expect(await store.match("claim", one.account, "consistent")).toHaveLength(1);
      const { certificates: _, ...route } = one;
      expect(await store.find(id, "consistent")).toEqual(found(route));
    });
  });
}
