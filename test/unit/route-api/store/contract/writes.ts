import { describe, expect, test } from "vitest";
import { encodeEntry } from "../../../../../route-api/store/record.ts";
import type { FullEntry, Refuses } from "../../../../../route-api/store/store.ts";
import { found, stored } from "../../../../support/stored.ts";
import { fence, overwrite, put, remove } from "../../../../support/writes.ts";
import { entry, type StoreUnderTest, unique, version } from "./under-test.ts";

/** What a write does, and what it tells. */
export function writeContract(get: () => StoreUnderTest): void {
  describe("writes", () => {
    test("the same again is nothing, in whatever order its fields are", async () => {
      const { store } = get();
      const one = entry({
        attributes: { cn: ["a"], sn: ["b"] },
        services: [],
        override: { user: "x", imapPort: 1 },
      });
      const again = Object.fromEntries(Object.entries(one).reverse()) as unknown as FullEntry;
      again.attributes = { sn: ["b"], cn: ["a"] };
      again.override = { imapPort: 1, user: "x" };
      delete again.services;
      await put(store, [one]);
      expect(await put(store, [one, again])).toEqual([{ did: "nothing" }, { did: "nothing" }]);
    });

    test("a newer version is written, an older one refused", async () => {
      const { store } = get();
      const one = entry();
      const newer = { ...one, mailHost: ["store2", "store3"], version: version(2) };
      expect(await put(store, [one])).toEqual([{ did: "wrote", entry: stored(one), names: one.logins }]);
      expect(await put(store, [newer])).toEqual([{ did: "wrote", entry: stored(newer), names: one.logins }]);
      expect(await put(store, [one])).toEqual([
        { did: "refused", known: { is: "stored", version: version(2) } },
      ]);
      expect(await store.find(one.account, "consistent")).toEqual(found(newer));
    });

    test("an older version is written over a newer one where that is asked for, with its names", async () => {
      const { store } = get();
      const [kept, gone, back] = [unique("kept"), unique("gone"), unique("back")];
      const newer = entry({ logins: [kept, gone], version: version(2) });
      const older = { ...newer, logins: [kept, back], mailHost: ["old"], version: version(1) };
      await put(store, [newer]);
      expect(await overwrite(store, [older])).toEqual([
        { did: "wrote", entry: stored(older), names: [kept, gone, back] },
      ]);
      expect(await overwrite(store, [older])).toEqual([{ did: "nothing" }]);
      expect(await store.find(back, "consistent")).toEqual(found(older));
      expect(await store.find(gone, "consistent")).toEqual({ is: "unknown" });
    });

    test("the same version is written where the entry differs: what is read of it was configured anew", async () => {
      const { store } = get();
      const one = entry();
      await put(store, [one]);
      expect(await put(store, [{ ...one, services: ["+imap:ALL"] }])).toMatchObject([{ did: "wrote" }]);
    });

    test("without versions, what differs is written", async () => {
      const { store } = get();
      const one = entry({ version: "" });
      await put(store, [one]);
      expect(await put(store, [{ ...one, mailHost: ["store9"] }])).toMatchObject([{ did: "wrote" }]);
      expect(await store.find(one.account, "consistent")).toMatchObject({ entry: { mailHost: ["store9"] } });
    });

    test("a write names what leads to the entry and what did, and no certificate", async () => {
      const { store } = get();
      const one = entry({ logins: [unique("a"), unique("b")] });
      const [a = "", b = ""] = one.logins;
      const c = unique("c");
      await put(store, [one]);
      const next = { ...one, logins: [b, c], version: version(2), fingerprints: ["aa"] };
      const [result] = await put(store, [{ ...next, certificates: ["AAAA"] }]);
      expect(result).toEqual({ did: "wrote", entry: stored(next), names: [a, b, c] });
      expect(await store.find(a, "consistent")).toEqual({ is: "unknown" });
      expect((await store.find(b, "consistent")).is).toBe("found");
      expect((await store.find(c, "consistent")).is).toBe("found");
    });

    test("results stand in the order of the entries, one entry twice in its order", async () => {
      const { store } = get();
      const [one, two, three] = [entry(), entry(), entry()];
      await put(store, [two]);
      const oneLater = { ...one, logins: [unique("z")], version: version(2) };
      const results = await put(store, [one, two, oneLater, three, one]);
      expect(results.map(({ did }) => did)).toEqual(["wrote", "nothing", "wrote", "wrote", "refused"]);
      expect(await store.get(one.uuid)).toEqual(stored(oneLater));
      expect(await put(store, [])).toEqual([]);
      expect(await remove(store, [])).toEqual([]);
    });

    test("many at once are all written", async () => {
      const { store } = get();
      const entries = Array.from({ length: 250 }, () => entry({ attributes: { cn: ["same"] } }));
      const results = await put(store, entries);
      expect(results.every(({ did }) => did === "wrote")).toBe(true);
      for (const one of entries) {
        expect(await store.find(one.account, "eventual")).toEqual(found(one));
      }
      expect((await put(store, entries)).every(({ did }) => did === "nothing")).toBe(true);
    });

    test("only what leads to the entry now leads to it afterwards", async () => {
      const { store, pointersTo } = get();
      const fingerprint = Buffer.from(unique("f").padEnd(32)).toString("hex");
      const one = entry({ attributes: { cn: ["ann", "anna"], sn: ["smith"] }, fingerprints: [fingerprint] });
      await put(store, [one]);
      expect(await pointersTo(one.uuid)).toEqual(
        [
          ...one.logins.map((login) => `login=${login}`),
          `dn=${one.dn}`,
          `certificate=${fingerprint}`,
          "cn=ann",
          "cn=anna",
          "sn=smith",
        ].sort(),
      );
      const { fingerprints: _, ...rest } = one;
      await put(store, [
        { ...rest, dn: "cn=X,dc=example", attributes: { cn: ["ann"] }, version: version(2) },
      ]);
      expect(await pointersTo(one.uuid)).toEqual(
        [...one.logins.map((login) => `login=${login}`), "dn=cn=x,dc=example", "cn=ann"].sort(),
      );
      await remove(store, [one.uuid]);
      expect(await pointersTo(one.uuid)).toEqual([]);
    });

    test("a removed entry is told and gone with its names; again it was not there; it can come back", async () => {
      const { store } = get();
      const one = entry({ fingerprints: ["aa"] });
      const two = entry();
      await put(store, [{ ...one, certificates: ["AAAA"] }, two]);
      expect(await remove(store, [one.uuid, unique("none"), two.uuid])).toEqual([stored(one), stored(two)]);
      expect(await remove(store, [one.uuid])).toEqual([]);
      expect(await store.get(one.uuid)).toBeUndefined();
      expect(await store.certificates(one.uuid)).toEqual([]);
      expect(await store.find(one.account, "consistent")).toEqual({ is: "unknown" });
      expect(await put(store, [one])).toEqual([{ did: "wrote", entry: stored(one), names: one.logins }]);
      expect(await store.find(one.account, "consistent")).toEqual(found(one));
    });

    test("an entry that was removed, or was not there when it was, is known as removed at that version", async () => {
      const { store } = get();
      const refusesRemoved: Refuses = (next, known) => known.is === "removed" && next.version < known.version;
      const [there, absent] = [entry(), entry()];
      await put(store, [there]);
      const removals = [there, absent].map(({ uuid }) => ({ uuid, version: version(2) }));
      const lease = fence();
      expect(await store.remove(removals, lease, () => false)).toEqual({
        removed: [stored(there)],
        refused: [],
      });
      expect(await store.put([there, absent], lease, refusesRemoved)).toEqual([
        { did: "refused", known: { is: "removed", version: version(2) } },
        { did: "refused", known: { is: "removed", version: version(2) } },
      ]);
      const later = [there, absent].map((one) => ({ ...one, version: version(3) }));
      expect(await store.put(later, lease, refusesRemoved)).toMatchObject([
        { did: "wrote" },
        { did: "wrote" },
      ]);
    });

    test("a pointer without its entry, or that the entry does not confirm, leads nowhere", async () => {
      const { store, putBarePointer } = get();
      const one = entry();
      const two = entry();
      await putBarePointer("login", one.account, one.uuid);
      expect(await store.find(one.account, "eventual")).toEqual({ is: "unknown" });
      await put(store, [one, two]);
      const stray = unique("stray");
      await putBarePointer("login", stray, one.uuid);
      await putBarePointer("cn", stray, one.uuid);
      expect(await store.find(stray, "eventual")).toEqual({ is: "unknown" });
      expect(await store.match("cn", stray, "eventual")).toEqual([]);
      await putBarePointer("login", one.account, two.uuid);
      expect(await store.find(one.account, "eventual")).toEqual(found(one));
    });

    test("an entry that no store can keep is skipped with the reason, and the others are written", async () => {
      const { store } = get();
      const kept = entry();
      await put(store, [kept]);
      const big = { ...kept, services: ["x".repeat(200_000)], version: version(2) };
      const longName = entry({ uuid: "x".repeat(1001) });
      const largeCertificate = entry({ fingerprints: ["aa"], certificates: ["A".repeat(400_000)] });
      const noPort = entry({ override: { imapPort: 70_000 } });
      const fine = entry();
      const results = await put(store, [big, longName, largeCertificate, noPort, fine]);
      expect(results.map(({ did }) => did)).toEqual(["skipped", "skipped", "skipped", "skipped", "wrote"]);
      expect(results[3]).toMatchObject({ reason: expect.stringMatching(/^override\.imapPort: /) });
      expect(results[0]).toMatchObject({ reason: expect.stringMatching(/record takes 200\d+ bytes/) });
      expect(await store.get(kept.uuid)).toEqual(stored(kept));
    });

    test("an entry as large as may be is kept, changed whole and removed", async () => {
      const { store, pointersTo } = get();
      const large = (prefix: string, day: number) => ({
        logins: Array.from({ length: 600 }, (_, index) => `${prefix}${index}-`.padEnd(250, "x")),
        version: version(day),
      });
      const one = entry(large(unique("p"), 1));
      const next = { ...one, ...large(unique("q"), 2) };
      expect(encodeEntry(one).length).toBeGreaterThan(150_000);
      expect(await put(store, [one])).toMatchObject([{ did: "wrote" }]);
      expect(await put(store, [next])).toMatchObject([{ did: "wrote" }]);
      expect(await store.find(next.logins[599] ?? "", "eventual")).toEqual(found(next));
      expect(await store.find(one.logins[599] ?? "", "eventual")).toEqual({ is: "unknown" });
      await remove(store, [one.uuid]);
      expect(await pointersTo(one.uuid)).toEqual([]);
    });

    test("writers at the same time leave the newest whole", async () => {
      const { store, other } = get();
      const one = entry();
      const versions = Array.from({ length: 4 }, (_, index) => ({
        ...one,
        logins: [one.account, unique("alias")],
        mailHost: [`store${index}`],
        version: version(index + 1),
      }));
      const lease = fence();
      await Promise.all(versions.map((each, index) => put(index % 2 === 0 ? store : other, [each], lease)));
      const last = versions[3] as FullEntry;
      expect(await store.get(one.uuid)).toEqual(stored(last));
      for (const login of last.logins) {
        expect(await store.find(login, "consistent")).toEqual(found(last));
      }
      for (const { logins } of versions.slice(0, 3)) {
        expect(await store.find(logins[1] ?? "", "consistent")).toEqual({ is: "unknown" });
      }
    });

    test("writers of one state at the same time: at least one tells that it wrote", async () => {
      const { store, other } = get();
      for (let round = 0; round < 5; round++) {
        const one = entry();
        const lease = fence();
        const results = await Promise.all([store, other].map((each) => put(each, [one], lease)));
        expect(results.flat().map(({ did }) => did)).toContain("wrote");
        expect(await store.find(one.account, "consistent")).toEqual(found(one));
      }
    });

    test("removing and writing at the same time leaves the entry whole or gone", async () => {
      const { store, other, pointersTo } = get();
      for (let round = 0; round < 5; round++) {
        const one = entry();
        await put(store, [one]);
        const next = { ...one, logins: [one.account, unique("n")], version: version(2) };
        const lease = fence();
        await Promise.all([remove(other, [one.uuid], lease), put(store, [next], lease)]);
        const left = await store.get(one.uuid);
        for (const login of next.logins) {
          expect(await store.find(login, "consistent")).toEqual(
            left === undefined ? { is: "unknown" } : found(next),
          );
        }
        const expected = [`dn=${one.dn}`, ...next.logins.map((login) => `login=${login}`)].sort();
        expect(await pointersTo(one.uuid)).toEqual(left === undefined ? [] : expected);
      }
    });
  });
}
