import pino from "pino";
import { expect, test } from "vitest";
import { type EventQueue, eventQueue } from "../../../../../route-api/directory/event-queue.ts";
import { decodeCursor, type Position } from "../../../../../route-api/directory/following/cursor.ts";
import { withFullReads } from "../../../../../route-api/directory/following/full-reads.ts";
import type { DirectoryEvent } from "../../../../../route-api/directory/source.ts";

async function* from(events: EventQueue<DirectoryEvent>): AsyncGenerator<DirectoryEvent> {
  for (let some = await events.take(); some !== undefined; some = await events.take()) yield* some;
}
const entry = (uuid: string, host: string): DirectoryEvent => ({
  is: "entry",
  entry: { uuid, dn: `uid=${uuid}`, attributes: new Map([["mailhost", [host]]]) },
});

/** Live and the readings beside it, told by hand; what comes of it as short texts. */
function setUp(everyMs: number, position?: Position) {
  const live = eventQueue<DirectoryEvent>(100);
  const readings: EventQueue<DirectoryEvent>[] = [];
  const events = withFullReads({
    live: from(live),
    closeLive: live.end,
    read() {
      const reading = eventQueue<DirectoryEvent>(100);
      reading.push({ is: "refreshing" });
      readings.push(reading);
      return from(reading);
    },
    everyMs,
    scope: "scope",
    position,
    log: pino({ level: "silent" }),
  });
  const next = async (): Promise<string> => {
    const { value } = await events.next();
    const event = value as DirectoryEvent;
    if (event.is === "entry") return `${event.entry.uuid} ${event.entry.attributes.get("mailhost")}`;
    const cursor = "cursor" in event ? decodeCursor("scope", event.cursor)?.mark : undefined;
    return cursor === undefined ? event.is : `${event.is} ${cursor}`;
  };
  const several = async (count: number): Promise<string[]> => {
    const texts: string[] = [];
    while (texts.length < count) texts.push(await next());
    return texts;
  };
  return { live, readings, next, several, close: () => events.return(undefined) };
}

test("reads everything beside live, which goes on being told, and what went meanwhile is not brought back", async () => {
  const { live, readings, next, several, close } = setUp(5);
  for (const event of [
    { is: "refreshing" } as const,
    entry("a", "s1"),
    { is: "refreshed", cursor: "1" } as const,
  ]) {
    live.push(event);
  }
  expect(await several(3)).toEqual(["refreshing", "a s1", "refreshed 1"]);
  expect(await next()).toBe("refreshing");
  live.push({ is: "gone", uuids: ["a", "b"] });
  live.push(entry("b", "s2"));
  live.push({ is: "cursor", cursor: "2" });
  expect(await several(3)).toEqual(["gone", "b s2", "cursor 2"]);
  // The reading had read these before they went. b came back: its version will tell which is newer.
  readings[0]?.push(entry("a", "old"));
  readings[0]?.push(entry("b", "old"));
  readings[0]?.end();
  expect(await several(2)).toEqual(["b old", "refreshed 2"]);
  await close();
});

test("gives a reading up where it fails, or where live itself begins anew, and tells no more of it", async () => {
  const { live, readings, several, close } = setUp(5);
  live.push({ is: "refreshing" });
  live.push({ is: "refreshed", cursor: "1" });
  expect(await several(3)).toEqual(["refreshing", "refreshed 1", "refreshing"]);
  readings[0]?.fail(new Error("no connection"));
  expect(await several(1)).toEqual(["level 1"]);
  // The next one.
  expect(await several(1)).toEqual(["refreshing"]);
  live.push({ is: "refreshing" });
  expect(await several(1)).toEqual(["refreshing"]);
  readings[1]?.push(entry("c", "s1"));
  readings[1]?.end();
  live.push(entry("d", "s1"));
  live.push({ is: "level", cursor: "2" });
  expect(await several(2)).toEqual(["d s1", "level 2"]);
  await close();
});

test("a clock that has gone back since the last full read does not put the next one off", async () => {
  const { live, readings, several, close } = setUp(5, { mark: "1", fullAtMs: Date.now() + 86_400_000 });
  live.push({ is: "level", cursor: "1" });
  expect(await several(2)).toEqual(["level 1", "refreshing"]);
  readings[0]?.end();
  await close();
});
