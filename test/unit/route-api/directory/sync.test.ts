import { afterEach, expect, it } from "vitest";
import type { DirectoryEntry } from "../../../../route-api/directory/entry.ts";
import { routeEntry } from "../../../../route-api/directory/entry.ts";
import type { DirectorySource, SourceRecord } from "../../../../route-api/directory/source.ts";
import { syncOnce } from "../../../../route-api/directory/sync.ts";
import { openSqlite } from "../../../../route-api/store/sqlite.ts";

const NAMES = {
  loginAttributes: ["uid", "mail", "mailAlternateAddress"],
  accountAttributes: ["mail", "uid"],
  mailHostAttributes: ["mailHost"],
  uuidAttribute: "entryUUID",
};
const LIMITS = { maxRemovedShare: 0.5 };

const entry = (uid: string, more: Record<string, string[]> = {}): DirectoryEntry => ({
  dn: `uid=${uid},dc=x`,
  attributes: new Map(
    Object.entries({
      uid: [uid],
      mail: [`${uid}@x.com`],
      mailhost: ["store1"],
      entryuuid: [`uuid-${uid}`],
      ...more,
    }),
  ),
});

const source = (records: SourceRecord[], fails = false): DirectorySource => ({
  description: "test",
  async *read() {
    yield* records;
    if (fails) throw new Error("the directory went away");
  },
});

const store = openSqlite(":memory:");
await store.create();
afterEach(async () => {
  for await (const uuid of store.uuids()) await store.remove(uuid);
});
const sync = (records: SourceRecord[]) => syncOnce(source(records), store, NAMES, LIMITS);

it("writes every entry under all its names, and nothing the second time", async () => {
  const records = [entry("a", { mailalternateaddress: ["other@x.com"] }), entry("b")];
  expect(await sync(records)).toMatchObject({ read: 2, written: 2, unchanged: 0, removed: 0 });
  expect(await sync(records)).toMatchObject({ read: 2, written: 0, unchanged: 2, removed: 0 });
  for (const login of ["a", "a@x.com", "other@x.com"]) {
    expect(await store.find(login)).toMatchObject({ is: "found", entry: { account: "a@x.com" } });
  }
});

it("counts and names what it cannot use, and the rest goes on", async () => {
  const bad = { place: "users.ldif:7", reason: "wrong base64" };
  const report = await sync([bad, entry("homeless", { mailhost: [] }), entry("a")]);
  expect(report).toMatchObject({ read: 3, written: 1, skippedCount: 2 });
  expect(report.skipped).toEqual([bad, { place: "uid=homeless,dc=x", reason: "no mailHost" }]);
});

it("removes what the directory no longer has, with its names", async () => {
  await sync([entry("a"), entry("b"), entry("c")]);
  expect(await sync([entry("a"), entry("b")])).toMatchObject({ removed: 1 });
  expect(await store.find("c")).toEqual({ is: "unknown" });
});

it("removes nothing where too much would go, or where the directory was not read to its end", async () => {
  await sync([entry("a"), entry("b"), entry("c")]);
  expect(await sync([entry("a")])).toMatchObject({ removed: 0, held: { wouldRemove: 2, of: 3 } });
  await expect(syncOnce(source([entry("a"), entry("b")], true), store, NAMES, LIMITS)).rejects.toThrow(
    "went away",
  );
  expect(await store.find("c")).toMatchObject({ is: "found" });
});

it.each([
  ["no mailHost", { mailhost: [] }],
  ['"bad host" is no host name', { mailhost: ["bad host"] }],
  ['"a\\nb" is no login name', { uid: ["a\nb"] }],
  ["no uid or mail or mailAlternateAddress", { uid: [], mail: [] }],
])("an entry is refused: %s", (reason, attributes) => {
  expect(routeEntry(entry("a", attributes), NAMES)).toEqual({ ok: false, reason });
});
