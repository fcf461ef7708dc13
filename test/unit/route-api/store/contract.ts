import { describe, expect, test } from "vitest";
import type { RouteEntry, RouteStore } from "../../../../route-api/store/store.ts";

export interface StoreUnderTest {
  store: RouteStore;
  /** Writes a pointer alone, as a writer that was killed half-way leaves it. */
  putBarePointer(login: string, uuid: string): Promise<void>;
}

let counter = 0;

/** An entry of its own for each test: stores under test are shared. */
export function entry(fields: Partial<RouteEntry> = {}): RouteEntry {
  const id = `u${++counter}-${process.pid}`;
  return {
    uuid: id,
    dn: `uid=${id},dc=example,dc=com`,
    account: `${id}@example.com`,
    logins: [id, `${id}@example.com`],
    mailHost: ["store1"],
    version: "20260101000000.000000Z#000000#000#000000",
    ...fields,
  };
}

/** What every route store must do; run over each adapter. */
export function storeContract(name: string, get: () => StoreUnderTest): void {
  describe(name, () => {
    test("an entry is found by each of its names, and by no other", async () => {
      const { store } = get();
      const one = entry();
      expect(await store.put(one)).toBe(true);
      for (const login of one.logins) expect(await store.find(login)).toEqual({ is: "found", entry: one });
      expect(await store.get(one.uuid)).toEqual(one);
      expect(await store.find(`${one.logins[0]}x`)).toEqual({ is: "unknown" });
    });

    test("writing the same again changes nothing", async () => {
      const { store } = get();
      const one = entry();
      await store.put(one);
      expect(await store.put({ ...one })).toBe(false);
    });

    test("a newer version is written, an older one is not", async () => {
      const { store } = get();
      const one = entry();
      const newer = {
        ...one,
        mailHost: ["store2", "store3"],
        version: "20260102000000.000000Z#000000#000#000000",
      };
      await store.put(one);
      expect(await store.put(newer)).toBe(true);
      expect(await store.put(one)).toBe(false);
      expect(await store.find(one.account)).toEqual({ is: "found", entry: newer });
    });

    test("without versions, what differs is written", async () => {
      const { store } = get();
      const one = entry({ version: "" });
      await store.put(one);
      expect(await store.put({ ...one, mailHost: ["store9"] })).toBe(true);
      expect(await store.find(one.account)).toMatchObject({ entry: { mailHost: ["store9"] } });
    });

    test("a name that an entry gave up no longer leads to it", async () => {
      const { store } = get();
      const one = entry();
      await store.put(one);
      const [old = "", kept = ""] = one.logins;
      await store.put({
        ...one,
        logins: [kept, `new-${old}`],
        version: "20260103000000.000000Z#000000#000#000000",
      });
      expect(await store.find(old)).toEqual({ is: "unknown" });
      expect((await store.find(kept)).is).toBe("found");
      expect((await store.find(`new-${old}`)).is).toBe("found");
    });

    test("two entries that claim one name are both named, until one gives it up", async () => {
      const { store } = get();
      const one = entry();
      const two = entry({ logins: [...one.logins] });
      await store.put(one);
      await store.put(two);
      expect(await store.find(one.account)).toEqual({ is: "ambiguous", dns: [one.dn, two.dn].sort() });
      await store.remove(one.uuid);
      expect(await store.find(one.account)).toEqual({ is: "found", entry: two });
    });

    test("a removed entry is gone with its names; removing it again does no harm", async () => {
      const { store } = get();
      const one = entry();
      await store.put(one);
      await store.remove(one.uuid);
      await store.remove(one.uuid);
      expect(await store.get(one.uuid)).toBeUndefined();
      expect(await store.find(one.account)).toEqual({ is: "unknown" });
      expect(await store.put(one)).toBe(true);
      expect((await store.find(one.account)).is).toBe("found");
    });

    test("a pointer without its entry, or that the entry does not confirm, leads nowhere", async () => {
      const { store, putBarePointer } = get();
      const one = entry();
      await putBarePointer(one.account, one.uuid);
      expect(await store.find(one.account)).toEqual({ is: "unknown" });
      await store.put(one);
      await putBarePointer("stray", one.uuid);
      expect(await store.find("stray")).toEqual({ is: "unknown" });
      expect((await store.find(one.account)).is).toBe("found");
    });

    test("a stray pointer of another entry makes nothing ambiguous", async () => {
      const { store, putBarePointer } = get();
      const one = entry();
      const two = entry();
      await store.put(one);
      await store.put(two);
      await putBarePointer(one.account, two.uuid);
      expect(await store.find(one.account)).toEqual({ is: "found", entry: one });
    });

    test("names that look like keys are names", async () => {
      const { store } = get();
      const target = entry();
      await store.put(target);
      for (const login of [
        `entry#${target.uuid}`,
        `ENTRY#${target.uuid}`,
        "name#login=a",
        "a' OR '1'='1",
        "%",
        "*",
        "a\u0000b",
      ]) {
        expect(await store.find(login)).toEqual({ is: "unknown" });
        const one = entry({ logins: [login] });
        await store.put(one);
        expect(await store.find(login)).toEqual({ is: "found", entry: one });
        await store.remove(one.uuid);
      }
      expect(await store.find(target.account)).toEqual({ is: "found", entry: target });
    });

    test("writers at the same time leave one whole state", async () => {
      const { store } = get();
      const one = entry();
      const versions = Array.from({ length: 4 }, (_, index) => ({
        ...one,
        logins: [one.account, `alias${index}-${one.uuid}`],
        mailHost: [`store${index}`],
        version: `2026010${index + 1}000000.000000Z#000000#000#000000`,
      }));
      await Promise.allSettled(versions.map((version) => store.put(version)));
      const last = versions.at(-1) as RouteEntry;
      await store.put(last);
      for (const login of last.logins) expect(await store.find(login)).toEqual({ is: "found", entry: last });
      expect(await store.find(`alias0-${one.uuid}`)).toEqual({ is: "unknown" });
    });

    test("all entries are listed once", async () => {
      const { store } = get();
      const entries = Array.from({ length: 30 }, () => entry());
      for (const each of entries) await store.put(each);
      const listed: string[] = [];
      for await (const uuid of store.uuids()) listed.push(uuid);
      expect(new Set(listed).size).toBe(listed.length);
      expect(listed).toEqual(expect.arrayContaining(entries.map(({ uuid }) => uuid)));
    });

    test("it says that it is ready, and making it again does no harm", async () => {
      const { store } = get();
      await store.create();
      await store.ready();
    });
  });
}
