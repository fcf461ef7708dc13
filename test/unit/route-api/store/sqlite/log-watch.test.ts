import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFeedTail } from "../../../../../route-api/http/resources/changes/feed-tail.ts";
import { watchLog } from "../../../../../route-api/store/sqlite/log-watch.ts";
import { openSqlite } from "../../../../../route-api/store/sqlite/open.ts";
import type { RouteStore } from "../../../../../route-api/store/store.ts";
import { makeFolder } from "../../../../support/workspace.ts";
import { change, namesOf } from "../../http/resources/changes/support.ts";

let folder: ReturnType<typeof makeFolder>;
let reader: RouteStore;
let writer: RouteStore;
beforeEach(() => {
  folder = makeFolder("log-watch");
  reader = openSqlite(join(folder.path, "routes.db"));
  writer = openSqlite(join(folder.path, "routes.db"));
});
afterEach(async () => {
  await Promise.all([reader.close(), writer.close()]);
  folder.remove();
});

test("what another connection writes is heard of, also after the log was emptied, until nobody listens", async () => {
  let heard = 0;
  const stop = reader.onWrite(() => void heard++);
  await writer.swapDocument("a", 1, undefined);
  await expect.poll(() => heard).toBeGreaterThan(0);
  heard = 0;
  const third = new DatabaseSync(join(folder.path, "routes.db"));
  third.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  third.close();
  await expect.poll(() => heard).toBeGreaterThan(0);
  heard = 0;
  await writer.changes.append([change("a")]);
  await expect.poll(() => heard).toBeGreaterThan(0);
  stop?.();
  let other = 0;
  const stopOther = reader.onWrite(() => void other++);
  heard = 0;
  await writer.swapDocument("b", 1, undefined);
  await expect.poll(() => other).toBeGreaterThan(0);
  expect(heard).toBe(0);
  stopOther?.();
});

test("a reader of the change feed that would look again in a minute has a change at once", async () => {
  const tail = createFeedTail({ feed: reader.changes, pollMs: 60_000, onWrite: reader.onWrite });
  let writing: ReturnType<typeof setInterval> | undefined;
  try {
    const { cursor } = await tail.end();
    const answer = tail.after(cursor, 20_000, new AbortController().signal);
    await expect.poll(() => tail.waiting).toBe(1);
    // Told of a write before it could be read, it would not look again soon.
    writing = setInterval(() => void writer.changes.append([change("a")]), 150);
    expect(namesOf(await answer)).toContain("a");
  } finally {
    clearInterval(writing);
    tail.close();
  }
});

test("a database in memory and one without a log cannot be watched", () => {
  expect(watchLog(":memory:").onWrite(() => {})).toBeUndefined();
  expect(watchLog(join(folder.path, "missing.db")).onWrite(() => {})).toBeUndefined();
});
