import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Csns, csnsOf } from "../../../../route-api/directory/csn.ts";
import type { DirectoryEntry } from "../../../../route-api/directory/entry.ts";
import { eventQueue } from "../../../../route-api/directory/event-queue.ts";
import type { AsOf, DirectoryEvent, DirectorySource } from "../../../../route-api/directory/source.ts";
import type { RouteStore } from "../../../../route-api/store/store.ts";
import { readStatus } from "../../../../route-api/sync/status.ts";
import { type Sync, startSync } from "../../../../route-api/sync/sync.ts";
import { config, entry, log, until } from "./fixture.ts";

/** The change that a server made on a day. */
const csn = (server: number, day: number): string =>
  `202601${String(day).padStart(2, "0")}000000.000000Z#000000#00${server}#000000`;
const as = (uid: string, version: string, host: string): DirectoryEntry =>
  entry(uid, { entrycsn: [version], mailhost: [host] });

/** A server that has applied these changes, and is read whole. */
function whole(server: string, csns: Csns, ...entries: DirectoryEntry[]): DirectoryEvent[] {
  const asOf: AsOf = { by: "csns", csns };
  return [
    { is: "connected", server, csns },
    { is: "refreshing", asOf },
    ...entries.map((one): DirectoryEvent => ({ is: "entry", entry: one, asOf })),
    { is: "refreshed", cursor: server, csns },
  ];
}

/** Connections one after the other: each reports what it is told to, and ends where it is cut. */
function connections(...scripts: DirectoryEvent[][]) {
  let live = eventQueue<DirectoryEvent>(1000);
  const source: DirectorySource = {
    description: "servers",
    method: "syncrepl",
    async *events(_cursor, signal) {
      const more = eventQueue<DirectoryEvent>(1000);
      live = more;
      signal.addEventListener("abort", more.end);
      yield* scripts.shift() ?? [];
      for (let next = await more.take(); next !== undefined; next = await more.take()) yield* next;
    },
  };
  return {
    source,
    tell: (...events: DirectoryEvent[]) => void events.map((event) => live.push(event)),
    cut: () => live.end(),
  };
}

/** What a server that is behind may do to the route store, whatever the adapter. */
export function serverBehind(name: string, open: () => Promise<RouteStore>): void {
  describe(`a server that is behind, over ${name}`, () => {
    let store: RouteStore;
    let sync: Sync;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await sync.close();
      await store.close();
    });
    const hostOf = async (login: string): Promise<string | undefined> => {
      const found = await store.find(login, "consistent");
      return found.is === "found" ? found.entry.mailHost[0] : undefined;
    };
    const hosts = async () => ({
      moved: await hostOf("moved"),
      gone: await hostOf("gone"),
      added: await hostOf("added"),
      fresh: await hostOf("fresh"),
    });
    const [before, after] = [csnsOf([csn(1, 1)]), csnsOf([csn(1, 9)])];
    const stale = [as("moved", csn(1, 1), "old"), as("gone", csn(1, 1), "old")];
    /** As the first server has it in the end. */
    const AS_IT_IS = { moved: "new", gone: undefined, added: "new" };

    test("adds what is newer; takes nothing back, removes nothing, and is read whole once it has caught up", async () => {
      const behind = csnsOf([csn(1, 1), csn(2, 1)]);
      const caughtUp = csnsOf([csn(1, 9), csn(2, 1)]);
      const fresh = as("fresh", csn(2, 1), "new");
      const now = [as("moved", csn(1, 8), "new"), as("added", csn(1, 7), "new")];
      const { source, tell, cut } = connections(
        whole("one", before, ...stale),
        whole("two", behind, ...stale, fresh),
        whole("two", caughtUp, ...now, fresh),
      );
      sync = startSync({ source, store, directory: config({ maxRemovedShare: 1 }), log });
      await sync.first;
      const asOf: AsOf = { by: "csns", csns: before };
      tell(
        ...now.map((one): DirectoryEvent => ({ is: "entry", entry: one, asOf })),
        { is: "gone", uuids: ["uuid-gone"], asOf, version: csn(1, 9) },
        { is: "cursor", cursor: "later", csns: after },
      );
      await until(async () => (await hostOf("gone")) === undefined && (await hostOf("added")) === "new");

      cut();
      await until(async () => (await readStatus(store)).state === "held");
      expect(await hosts()).toEqual({ ...AS_IT_IS, fresh: "new" });
      expect(await readStatus(store)).toMatchObject({
        state: "held",
        behind: { server: "two", sids: ["001"] },
        held: { reason: "server-behind", wouldRemove: 1, entries: ["uid=added,dc=x"] },
      });

      tell({ is: "lag", seconds: 0, csns: caughtUp });
      await until(async () => (await readStatus(store)).state === "following");
      expect(await hosts()).toEqual({ ...AS_IT_IS, fresh: "new" });
      expect((await readStatus(store)).behind).toBeUndefined();
    });

    test("is not one whose changes go on while it is read whole", async () => {
      const [a, b] = [as("moved", csn(1, 1), "old"), as("added", csn(1, 1), "old")];
      const { source, tell } = connections(whole("one", before, a, b, as("gone", csn(1, 1), "old")));
      sync = startSync({ source, store, directory: config(), log });
      await sync.first;
      const asOf: AsOf = { by: "csns", csns: csnsOf([csn(1, 3)]) };
      tell(
        { is: "refreshing", asOf },
        { is: "entry", entry: a, asOf },
        {
          is: "entry",
          entry: as("fresh", csn(1, 5), "new"),
          asOf: { by: "csns", csns: csnsOf([csn(1, 4)]) },
        },
        { is: "cursor", cursor: "later", csns: csnsOf([csn(1, 5)]) },
        { is: "entry", entry: b, asOf },
      );
      await until(async () => (await hostOf("fresh")) === "new");
      tell({ is: "refreshed" });
      await until(async () => (await hostOf("gone")) === undefined);
      expect(await hosts()).toEqual({ moved: "old", gone: undefined, added: "old", fresh: "new" });
      expect((await readStatus(store)).held).toBeUndefined();
    });

    test("without CSNs holds removals until a full read has shown the newest entry", async () => {
      const time = (day: number): string => `2026010${day}000000Z`;
      const at = (uid: string, day: number): DirectoryEntry =>
        entry(uid, { modifytimestamp: [time(day)], mailhost: [`s${day}`] });
      const read = (server: string, ...entries: DirectoryEntry[]): DirectoryEvent[] => [
        { is: "connected", server, csns: undefined },
        { is: "refreshing" },
        ...entries.map((one): DirectoryEvent => ({ is: "entry", entry: one })),
        { is: "refreshed", cursor: server },
      ];
      const { source, cut } = connections(
        read("one", at("moved", 1), at("gone", 1), at("added", 3)),
        read("two", at("moved", 1), at("gone", 2)),
        read("two", at("moved", 4), at("added", 3)),
      );
      sync = startSync({ source, store, directory: config({ maxRemovedShare: 1 }), log });
      await sync.first;
      cut();
      await until(async () => (await readStatus(store)).held?.reason === "server-behind");
      expect(await hosts()).toEqual({ moved: "s1", gone: "s2", added: "s3", fresh: undefined });
      cut();
      await until(async () => (await readStatus(store)).held === undefined);
      expect(await hosts()).toEqual({ moved: "s4", gone: undefined, added: "s3", fresh: undefined });
    });
  });
}
