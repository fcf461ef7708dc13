import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DirectoryError } from "../../../../route-api/directory/directory-error.ts";
import type { RouteStore } from "../../../../route-api/store/store.ts";
import { releaseHold } from "../../../../route-api/sync/release.ts";
import { readStatus } from "../../../../route-api/sync/status.ts";
import { SyncBusy, startSync, syncOnce } from "../../../../route-api/sync/sync.ts";
import { config, entry, log, type SyncFixture, scripted, syncFixture, told, whole } from "./fixture.ts";

let store: RouteStore;
let changes: SyncFixture["changes"];
let once: SyncFixture["once"];
let has: SyncFixture["has"];
let lease: SyncFixture["lease"];
let close: SyncFixture["close"];
beforeEach(async () => {
  ({ store, changes, once, has, lease, close } = await syncFixture());
});
afterEach(() => close());

describe("one full read", () => {
  test("writes every entry under all its names, and nothing the second time", async () => {
    const entries = [entry("a", { mailalternateaddress: ["other@x.com"] }), entry("b")];
    expect(await once(whole(...entries))).toMatchObject({ read: 2, written: 2, unchanged: 0, removed: 0 });
    expect(await once(whole(...entries))).toMatchObject({ read: 2, written: 0, unchanged: 2, removed: 0 });
    for (const login of ["a", "a@x.com", "other@x.com"]) {
      expect(await store.find(login, "consistent")).toMatchObject({ entry: { account: "a@x.com" } });
    }
    expect(await changes()).toHaveLength(2);
    expect(await lease()).toMatchObject({ holder: null, notes: { cursor: "full", entries: 2 } });
  });

  test("counts what is older than in the table, and leaves that as it is", async () => {
    const at = (day: number, host: string) =>
      entry("a", { entrycsn: [`2026010${day}000000.000000Z#000000#000#000000`], mailhost: [host] });
    await once(whole(at(2, "new")));
    expect(await once(whole(at(1, "old")))).toMatchObject({ read: 1, written: 0, unchanged: 0, older: 1 });
    expect(await store.find("a", "consistent")).toMatchObject({ entry: { mailHost: ["new"] } });
  });

  test("counts the references that nobody follows", async () => {
    const events = [...whole(entry("a"))];
    events.splice(1, 0, { is: "reference" }, { is: "reference" });
    expect(await once(events)).toMatchObject({ read: 1, written: 1, references: 2, removed: 0 });
  });

  test("warns of a directory without entries", async () => {
    const lines: { level: number; msg: string }[] = [];
    const warned = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
    await syncOnce({ source: scripted(whole()).source, store, directory: config(), log: warned });
    expect(lines.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
      "the directory has no entries for this base and filter; check directory.base and directory.filter",
    ]);
  });

  test("counts and names what it cannot use, and the rest goes on", async () => {
    const bad = { place: "users.ldif:7", reason: "wrong base64" };
    const report = await once([
      { is: "refreshing" },
      { is: "skipped", skipped: bad },
      ...told(entry("homeless", { mailhost: [] }), entry("a")),
      { is: "refreshed" },
    ]);
    expect(report).toMatchObject({ read: 3, written: 1, skippedCount: 2 });
    expect(report.skipped).toEqual([bad, { place: "uid=homeless,dc=x", reason: "no mailHost" }]);
  });

  test("counts each of very many that it cannot use once", async () => {
    const homeless = Array.from({ length: 10_100 }, (_, at) => entry(`u${at}`, { mailhost: [] }));
    expect(await once(whole(...homeless))).toMatchObject({ read: 10_100, skippedCount: 10_100 });
  });

  test("names an entry that no store can keep", async () => {
    const long = entry("long", { mailallowedserviceaccess: ["x".repeat(400_000)] });
    const report = await once(whole(entry("a"), long));
    expect(report).toMatchObject({ written: 1, skippedCount: 1, skipped: [{ place: "uid=long,dc=x" }] });
  });

  test("removes what the directory no longer has, with its names", async () => {
    await once(whole(entry("a"), entry("b"), entry("c")));
    expect(await once(whole(entry("a"), entry("b")))).toMatchObject({ removed: 1 });
    expect(await store.find("c", "consistent")).toEqual({ is: "unknown" });
    expect((await changes()).at(-1)).toEqual({
      kind: "route",
      uuid: "uuid-c",
      account: "c@x.com",
      names: ["c", "c@x.com"],
      former: ["c", "c@x.com"],
      write: expect.any(Number),
    });
  });

  test("removes what can no longer be used, as what is gone: all together, by the guard's leave", async () => {
    const all = ["a", "b", "c"].map((uid) => entry(uid));
    await once(whole(...all));
    const broken = ["a", "b", "c"].map((uid) => entry(uid, { mailhost: ["no host"] }));
    expect(await once(whole(...broken))).toMatchObject({ removed: 0, held: { wouldRemove: 3, of: 3 } });
    expect(await once(whole(...all.slice(0, 2), entry("c", { mailhost: ["no host"] })))).toMatchObject({
      removed: 1,
      held: undefined,
    });
  });

  test("removes nothing where too much would go, where a record cannot be read, or where it did not end", async () => {
    await once(whole(entry("a"), entry("b"), entry("c")));
    expect(await once(whole(entry("a")))).toMatchObject({ removed: 0, held: { wouldRemove: 2, of: 3 } });
    const skipped = { place: "x", reason: "y" };
    expect(
      await once([
        { is: "refreshing" },
        ...told(entry("a"), entry("b")),
        { is: "skipped", skipped },
        { is: "refreshed" },
      ]),
    ).toMatchObject({ removed: 0 });
    const failing = scripted(
      [{ is: "refreshing" }, ...told(entry("a"), entry("b"))],
      new DirectoryError("closed", "away"),
    );
    await expect(syncOnce({ source: failing.source, store, directory: config(), log })).rejects.toThrow(
      "away",
    );
    expect(await has("c")).toBe(true);
    expect(await readStatus(store)).toMatchObject({
      state: "stopped",
      failure: { code: "closed", message: "away" },
    });
  });

  test("removes what the operator released, and no more", async () => {
    await once(whole(...["a", "b", "c", "d"].map((uid) => entry(uid))));
    expect(await releaseHold(store)).toBeUndefined();
    const { held } = await once(whole(entry("a")));
    expect(held).toMatchObject({ wouldRemove: 3, of: 4 });
    expect(await releaseHold(store)).toEqual(held);
    const second = await once(whole());
    expect(second).toMatchObject({ removed: 0, held: { wouldRemove: 4 } });
    expect(second.held?.id).not.toBe(held?.id);
    expect(await once(whole(entry("a")))).toMatchObject({ removed: 0 });
    await releaseHold(store);
    expect(await once(whole(entry("a")))).toMatchObject({ removed: 3, held: undefined });
    expect(await releaseHold(store)).toBeUndefined();
  });

  test("removes what the operator was shown, and nothing else in its place", async () => {
    const some = (uids: string) => whole(...[...uids].map((uid) => entry(uid)));
    const strict = { maxRemovedShare: 0.25 };
    await once(some("abcdefgh"), strict);
    const { held } = await once(some("abcd"), strict);
    expect(held).toMatchObject({
      wouldRemove: 4,
      entries: ["e", "f", "g", "h"].map((uid) => `uid=${uid},dc=x`),
    });
    await releaseHold(store);
    // As many, but others.
    const second = await once(some("efgh"), strict);
    expect(second).toMatchObject({ removed: 0, held: { wouldRemove: 4 } });
    expect(second.held?.id).not.toBe(held?.id);
    await releaseHold(store);
    // The directory has not stood still: two more may go at any time.
    expect(await once(some("gh"), strict)).toMatchObject({ removed: 6, held: undefined });
  });

  test("leaves time for all else while it goes through a table in this process", async () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => entry(`u${index}`));
    await once(whole(...entries));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const listing: RouteStore = {
      ...store,
      async *entries() {
        turns = 0;
        yield* store.entries();
        expect(turns).toBeGreaterThan(2);
      },
    };
    await once(whole(...entries), {}, listing);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  test("is refused while another sync leads", async () => {
    const sync = startSync({ source: scripted(whole(entry("a"))).source, store, directory: config(), log });
    await sync.first;
    await expect(once(whole())).rejects.toThrow(SyncBusy);
    await sync.close();
    expect(await once(whole(entry("a")))).toMatchObject({ read: 1 });
  });
});
