import { describe, expect, test } from "vitest";
import { EDGE_SILENT_MS, type StoredSession } from "../../../../../route-api/store/store.ts";
import { type StoreUnderTest, unique } from "./under-test.ts";

const NOW = 1_767_225_600_000;

const session = (fields: Partial<StoredSession> = {}): StoredSession => ({
  sid: unique("s"),
  edge: unique("edge"),
  account: `${unique("a")}@example.com`,
  instance: "main",
  protocol: "imap",
  client: "192.0.2.1:40000",
  store: "store1",
  openedAt: "2026-01-01T00:00:00Z",
  ...fields,
});

/** Live sessions, as edges report them. */
export function sessionContract(get: () => StoreUnderTest): void {
  const sids = async (account: string, nowMs: number): Promise<string[]> =>
    (await get().store.sessionsOf(account, nowMs)).map(({ sid }) => sid).sort();

  describe("sessions", () => {
    test("those that were opened are there until they are closed, account by account", async () => {
      const { store } = get();
      const one = session();
      const two = session({ edge: one.edge, account: one.account });
      const elsewhere = session({ edge: one.edge });
      await store.report({ edge: one.edge, atMs: NOW, opened: [one, two, elsewhere], closed: [] });
      expect(await store.sessionsOf(one.account, NOW)).toEqual(expect.arrayContaining([one, two]));
      expect(await sids(one.account, NOW)).toHaveLength(2);
      expect(await store.sessionsOf(elsewhere.account, NOW)).toEqual([elsewhere]);
      await store.report({ edge: one.edge, atMs: NOW + 1000, opened: [], closed: [one] });
      expect(await store.sessionsOf(one.account, NOW + 1000)).toEqual([two]);
      expect(await store.sessionsOf(unique("nobody"), NOW)).toEqual([]);
    });

    test("one that was opened and closed between two reports was never there; closing an unknown one is nothing", async () => {
      const { store } = get();
      const one = session();
      const closed = [one, { sid: unique("s"), account: one.account }];
      await store.report({ edge: one.edge, atMs: NOW, opened: [one], closed });
      expect(await sids(one.account, NOW)).toEqual([]);
    });

    test("those of an edge that fell silent are gone, and there again when it was only slow", async () => {
      const { store } = get();
      const silent = session();
      const alive = session({ account: silent.account });
      await store.report({ edge: silent.edge, atMs: NOW, opened: [silent], closed: [] });
      await store.report({ edge: alive.edge, atMs: NOW, opened: [alive], closed: [] });
      const later = NOW + EDGE_SILENT_MS + 1;
      expect(await sids(silent.account, later - 1)).toHaveLength(2);
      await store.report({ edge: alive.edge, atMs: later, opened: [], closed: [] });
      expect(await sids(silent.account, later)).toEqual([alive.sid]);
      await store.report({ edge: silent.edge, atMs: later, opened: [], closed: [] });
      expect(await sids(silent.account, later)).toHaveLength(2);
    });

    test("a report of hundreds is kept whole, and the same report again changes nothing", async () => {
      const { store } = get();
      const edge = unique("edge");
      const account = unique("busy");
      const opened = Array.from({ length: 260 }, () => session({ edge, account }));
      const report = { edge, atMs: NOW, opened, closed: opened.slice(0, 130) };
      await store.report(report);
      await store.report(report);
      expect(await sids(account, NOW)).toEqual(
        opened
          .slice(130)
          .map(({ sid }) => sid)
          .sort(),
      );
    });

    test("two edges may use one id of a session", async () => {
      const { store } = get();
      const one = session();
      const two = session({ sid: one.sid, account: one.account });
      await store.report({ edge: one.edge, atMs: NOW, opened: [one], closed: [] });
      await store.report({ edge: two.edge, atMs: NOW, opened: [two], closed: [] });
      await store.report({ edge: two.edge, atMs: NOW, opened: [], closed: [two] });
      expect(await store.sessionsOf(one.account, NOW)).toEqual([one]);
    });
  });
}
