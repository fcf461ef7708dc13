import { describe, expect, test } from "vitest";
import type { RouteEntry } from "../../../../../route-api/store/store.ts";
import { found, stored } from "../../../../support/stored.ts";
import { put } from "../../../../support/writes.ts";
import { entry, type StoreUnderTest, unique, version } from "./under-test.ts";

const CONSISTENCIES = ["eventual", "consistent"] as const;

/** Finding and listing entries. */
export function entryContract(get: () => StoreUnderTest): void {
  describe("entries", () => {
    test.each(CONSISTENCIES)(
      "one is found by each of its names, and by no other (%s)",
      async (consistency) => {
        const { store } = get();
        const one = entry();
        await put(store, [one]);
        for (const login of one.logins) {
          expect(await store.find(login, consistency)).toEqual(found(one));
        }
        expect(await store.get(one.uuid)).toEqual(stored(one));
        expect(await store.find(`${one.logins[0]}x`, consistency)).toEqual({ is: "unknown" });
        expect(await store.get(`${one.uuid}x`)).toBeUndefined();
      },
    );

    test("names that seem to lead to entries come back in their order", async () => {
      const { store } = get();
      const [one, two] = [entry(), entry()];
      await put(store, [one, two]);
      expect(
        await store.seeming([two.account, `${one.account}x`, one.account, "", "x".repeat(5000)]),
      ).toEqual([two.account, one.account]);
    });

    test("all fields come back, certificates by themselves", async () => {
      const { store } = get();
      const one: RouteEntry = entry({
        mailHost: ["store2", "store1"],
        disabled: "mailUserStatus: inactive",
        services: ["+imap:ALL", "-pop3:*"],
        override: { user: "maildrop7", imapPort: 1143, pop3Port: 1110 },
        attributes: { cn: ["ann smith", "a. smith"], employeenumber: ["17"] },
        fingerprints: ["aa".repeat(32), "bb".repeat(32)],
      });
      const certificates = [
        Buffer.alloc(1500, 1).toString("base64"),
        Buffer.alloc(900, 2).toString("base64"),
      ];
      await put(store, [{ ...one, certificates }]);
      expect(await store.get(one.uuid)).toEqual(stored(one));
      expect(await store.find(one.account, "eventual")).toEqual(found(one));
      expect(await store.certificates(one.uuid)).toEqual(certificates);
      await put(store, [{ ...one, fingerprints: ["aa".repeat(32)], certificates: certificates.slice(0, 1) }]);
      expect(await store.certificates(one.uuid)).toEqual(certificates.slice(0, 1));
      const { fingerprints: _, ...without } = one;
      await put(store, [{ ...without, version: version(2) }]);
      expect(await store.certificates(one.uuid)).toEqual([]);
      expect(await store.certificates(unique("none"))).toEqual([]);
    });

    test.each(CONSISTENCIES)(
      "two that claim one name are both named, until one gives it up (%s)",
      async (consistency) => {
        const { store } = get();
        const one = entry();
        const two = entry({ logins: [...one.logins] });
        await put(store, [one, two]);
        expect(await store.find(one.account, consistency)).toEqual({
          is: "ambiguous",
          dns: [one.dn, two.dn].sort(),
        });
        await put(store, [{ ...one, logins: [one.uuid], version: version(2) }]);
        expect(await store.find(one.account, consistency)).toEqual(found(two));
      },
    );

    test.each(CONSISTENCIES)(
      "they are matched by attribute, DN and certificate (%s)",
      async (consistency) => {
        const { store } = get();
        const number = unique("n");
        const fingerprint = Buffer.from(unique("f").padEnd(32)).toString("hex");
        const one = entry({
          attributes: { employeenumber: [number], cn: ["ann"] },
          fingerprints: [fingerprint],
        });
        const two = entry({ attributes: { employeenumber: [number] } });
        await put(store, [one, two]);
        const uuids = (matches: RouteEntry[]) => matches.map(({ uuid }) => uuid).sort();
        expect(uuids(await store.match("employeenumber", number, consistency))).toEqual(
          [one.uuid, two.uuid].sort(),
        );
        expect(await store.match("dn", one.dn, consistency)).toEqual([stored(one)]);
        expect(await store.match("certificate", fingerprint, consistency)).toEqual([stored(one)]);
        expect(uuids(await store.match("login", two.account, consistency))).toEqual([two.uuid]);
        expect(await store.match("cn", number, consistency)).toEqual([]);
        expect(await store.match("employeenumber", `${number}0`, consistency)).toEqual([]);
        await put(store, [{ ...two, attributes: {}, version: version(2) }]);
        expect(uuids(await store.match("employeenumber", number, consistency))).toEqual([one.uuid]);
      },
    );

    test("they are matched by every name that a mail store may know the account by", async () => {
      const { store } = get();
      const [login, account, user] = [unique("login"), unique("account"), unique("user")];
      const one = entry({
        account: `${account}@example.com`,
        logins: [login, `${login.toUpperCase()}.`],
        override: { user: `${user.toUpperCase()}@example.com.` },
      });
      await put(store, [one]);
      const claims = async (value: string) => await store.match("claim", value, "consistent");
      expect(await claims(`${account}@example.com`)).toEqual([stored(one)]);
      expect(await claims(`${user}@example.com`)).toEqual([stored(one)]);
      expect(await store.match("login", login, "consistent")).toEqual([stored(one)]);
      await put(store, [{ ...one, override: {}, account: login, version: version(2) }]);
      expect(await claims(`${account}@example.com`)).toEqual([]);
      expect(await claims(`${user}@example.com`)).toEqual([]);
    });

    test("names of an object's own methods are no attributes", async () => {
      const { store, putBarePointer } = get();
      const one = entry({ attributes: { cn: ["x"] } });
      await put(store, [one]);
      for (const attribute of ["constructor", "toString", "__proto__"]) {
        await putBarePointer(attribute, "x", one.uuid);
        expect(await store.match(attribute, "x", "consistent")).toEqual([]);
      }
    });

    test("an attribute does not stand for a name of the store's own", async () => {
      const { store } = get();
      const [victim, claim] = [unique("victim"), unique("claim")];
      const one = entry({ attributes: { login: [victim], dn: [claim], certificate: [claim] } });
      await put(store, [one]);
      expect(await store.find(victim, "consistent")).toEqual({ is: "unknown" });
      expect(await store.match("dn", claim, "consistent")).toEqual([]);
      expect(await store.match("certificate", claim, "consistent")).toEqual([]);
    });

    test("a value over 1,024 bytes is not searched by, and harms nothing", async () => {
      const { store } = get();
      const long = unique("v").padEnd(1025, "x");
      const one = entry({ attributes: { cn: [long] } });
      expect(await put(store, [one])).toMatchObject([{ did: "wrote" }]);
      for (const value of [long, long.repeat(5), ""]) {
        expect(await store.match("cn", value, "eventual")).toEqual([]);
        expect(await store.find(value, "eventual")).toEqual({ is: "unknown" });
      }
      expect(await store.find(one.account, "consistent")).toEqual(found(one));
    });

    test("all are listed once", async () => {
      const { store, entriesOfTwoPages } = get();
      const entries = Array.from({ length: entriesOfTwoPages }, () => entry());
      for (let at = 0; at < entries.length; at += 100) await put(store, entries.slice(at, at + 100));
      const listed = new Map<string, RouteEntry>();
      for await (const each of store.entries()) {
        expect(listed.has(each.uuid)).toBe(false);
        listed.set(each.uuid, each);
      }
      for (const each of entries) expect(listed.get(each.uuid)).toEqual(stored(each));
    });

    test("what one process writes, another reads", async () => {
      const { store, other } = get();
      const one = entry();
      await put(store, [one]);
      expect(await other.find(one.account, "consistent")).toEqual(found(one));
    });
  });
}
