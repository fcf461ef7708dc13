import { describe, expect, test } from "vitest";
import { found, stored } from "../../../../support/stored.ts";
import { put, remove } from "../../../../support/writes.ts";
import { entry, type StoreUnderTest, unique } from "./under-test.ts";

/** Names that look like keys, queries or patterns are names. */
export function nameContract(get: () => StoreUnderTest): void {
  const { uuid } = entry();
  const hostile = [
    `entry#${uuid}`,
    `ENTRY#${uuid}`,
    "name#login=a",
    "NAME#login=a",
    `a#login=${uuid}`,
    "=",
    "#",
    "CHANGE",
    "change",
    "doc#sync",
    `session#${uuid}@example.com`,
    "a' or '1'='1",
    '"; drop table entries; --',
    "%",
    "_",
    "*",
    "a\u0000b",
    "a\u0000",
    "\u202eevil",
    "💌@example.com",
    ":pk",
    "#version",
    "__proto__",
    "constructor",
  ];

  describe("hostile names", () => {
    test.each(hostile)("%j", async (name) => {
      const { store } = get();
      const other = entry();
      await put(store, [other]);
      expect(await store.find(name, "eventual")).toEqual({ is: "unknown" });
      expect(await store.match("cn", name, "eventual")).toEqual([]);

      const one = entry({ uuid: `${unique("h")}${name}`, logins: [name], attributes: { cn: [name] } });
      await put(store, [one]);
      expect(await store.find(name, "eventual")).toEqual(found(one));
      expect(await store.match("cn", name, "eventual")).toEqual([stored(one)]);
      expect(await store.find(other.account, "eventual")).toEqual(found(other));

      await remove(store, [one.uuid]);
      expect(await store.find(name, "eventual")).toEqual({ is: "unknown" });
      expect(await store.find(other.account, "eventual")).toEqual(found(other));
    });

    test.each(hostile)("document %j", async (name) => {
      const { store } = get();
      const revision = await store.swapDocument(name, { name }, undefined);
      expect(await store.readDocument(name)).toEqual({ value: { name }, revision });
    });
  });
}
