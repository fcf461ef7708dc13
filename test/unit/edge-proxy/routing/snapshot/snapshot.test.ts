import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { newCounters } from "../../../../../edge-proxy/api-client/counters.ts";
import { RouteCaches } from "../../../../../edge-proxy/routing/caches.ts";
import { RouteMemory } from "../../../../../edge-proxy/routing/memory.ts";
import { readSnapshotFile, writeSnapshotFile } from "../../../../../edge-proxy/routing/snapshot/file.ts";
import {
  readSnapshot,
  type SnapshotRoute,
  snapshotLines,
} from "../../../../../edge-proxy/routing/snapshot/format.ts";
import {
  readSnapshots,
  type SnapshotEvent,
  SnapshotKeeper,
} from "../../../../../edge-proxy/routing/snapshot/keeper.ts";
import { Siblings } from "../../../../../edge-proxy/siblings.ts";
import { aRoute, HandWheel } from "../api-double.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "snapshot-"));
});

const routeOf = (account: string, ageMs = 0): SnapshotRoute => ({
  cache: "main ",
  key: account,
  ageMs,
  route: aRoute(account),
});

function textOf(routes: readonly SnapshotRoute[], writtenAtMs = 1000): string {
  const lines = snapshotLines(writtenAtMs);
  return lines.head() + routes.map((route) => lines.route(route)).join("") + lines.foot();
}

test("what is written is read", () => {
  const keys = ["alice@example.com", "größe", "(uid=a)\0base\0"];
  const routes = keys.map((key) => ({ ...routeOf("a", 5), key }));
  const result = readSnapshot(Buffer.from(textOf(routes)));
  expect(result.ok && [result.writtenAtMs, [...result.routes]]).toEqual([1000, routes]);
});

test("an empty one is one", () => {
  const result = readSnapshot(Buffer.from(textOf([])));
  expect(result.ok && [...result.routes]).toEqual([]);
});

test("nothing is taken from a file that was cut anywhere", () => {
  const bytes = Buffer.from(textOf([routeOf("a"), routeOf("b")]));
  for (let length = 0; length < bytes.length - 1; length++) {
    expect(readSnapshot(bytes.subarray(0, length)), `cut at ${length}`).toMatchObject({ ok: false });
  }
});

test("nothing is taken from a file of which a byte was changed, but in its last line feed", () => {
  const bytes = Buffer.from(textOf([routeOf("a"), routeOf("b")]));
  fc.assert(
    fc.property(fc.nat(bytes.length - 2), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ change;
      const result = readSnapshot(changed);
      // The count of routes at the end is for people.
      if (result.ok) expect([...result.routes]).toEqual([routeOf("a"), routeOf("b")]);
    }),
  );
});

test("another version is refused by its name", () => {
  const text = textOf([]).replace('"version":1', '"version":2');
  expect(readSnapshot(Buffer.from(text))).toEqual({ ok: false, why: "it has version 2" });
});

test("the file is its owner's alone, and takes the old one's place whole", async () => {
  const path = join(folder, "routes");
  writeFileSync(path, "old", { mode: 0o644 });
  expect(await writeSnapshotFile(path, [routeOf("a")], 1)).toBe(1);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["routes"]);
});

test("where writing fails the old one stays, and no draft", async () => {
  const path = join(folder, "routes");
  await writeSnapshotFile(path, [routeOf("a")], 1);
  const before = readFileSync(path);
  const failing = function* () {
    yield routeOf("b");
    throw new Error("no space left");
  };
  await expect(writeSnapshotFile(path, failing(), 1)).rejects.toThrow("no space left");
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(readdirSync(folder)).toEqual(["routes"]);
});

test("a draft that a killed process left is no hindrance", async () => {
  const path = join(folder, "routes");
  writeFileSync(`${path}.new`, "half");
  await writeSnapshotFile(path, [], 1);
  expect((await readSnapshotFile(path))?.ok).toBe(true);
});

function host(index: number, workers: number, id = "a1") {
  const events: SnapshotEvent[] = [];
  const timers = new HandWheel();
  const context = {
    place: { index, workers },
    id,
    timers,
    random: () => 0.5,
    report: (event: SnapshotEvent) => events.push(event),
  };
  return { events, timers, context };
}

const MINUTE_MS = 60_000;
const seconds = 60;

/** What a process does of snapshots, from its start to its end. */
async function live(path: string, index: number, workers: number, id: string, learned: string[] = []) {
  const { context } = host(index, workers, id);
  const recalled = await readSnapshots({ path, seconds }, context);
  const keeper = new SnapshotKeeper(
    context,
    () => [...recalled.routes, ...learned.map((one) => routeOf(one))],
    recalled.files,
  );
  keeper.keep({ path, seconds });
  return { keeper, known: recalled.routes.map(({ key }) => key).sort() };
}

/** Makes every file in the folder older. */
function age(minutes: number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const time = (statSync(file).mtimeMs - minutes * MINUTE_MS) / 1000;
    utimesSync(file, time, time);
  }
}

test("each worker writes its own; those that are left share out what others wrote, and clear it away", async () => {
  const path = join(folder, "routes");
  for (const index of [0, 1, 2]) await (await live(path, index, 3, "a1", [`user ${index}`])).keeper.close();
  expect(readdirSync(folder).sort()).toEqual(["routes.0.a1", "routes.1.a1", "routes.2.a1"]);
  age(3);
  const after = await Promise.all([0, 1].map((index) => live(path, index, 2, "b2")));
  expect(after.map(({ known }) => known)).toEqual([["user 0", "user 2"], ["user 1"]]);
  for (const { keeper } of after) await keeper.close();
  expect(readdirSync(folder).sort()).toEqual(["routes.0.b2", "routes.1.b2"]);
});

test("edges that share the folder take nothing from each other, whichever of them ends and starts", async () => {
  const path = join(folder, "routes");
  const one = await live(path, 0, 1, "a1", ["of one"]);
  await one.keeper.write();
  const two = await live(path, 0, 1, "b2", ["of two"]);
  expect(two.known).toEqual(["of one"]);
  await Promise.all([one.keeper.write(), two.keeper.write()]);
  expect(readdirSync(folder).sort()).toEqual(["routes.0.a1", "routes.0.b2"]);
  // The first has been killed, and nobody writes its file any more.
  age(3);
  const three = await live(path, 0, 1, "c3");
  expect([...new Set(three.known)]).toEqual(["of one", "of two"]);
  await two.keeper.write();
  await three.keeper.write();
  expect(readdirSync(folder).sort()).toEqual(["routes.0.b2", "routes.0.c3"]);
  expect((await live(path, 0, 1, "d4")).known).toContain("of one");
});

test("a file that is another's is left alone, and drafts that nobody finished go", async () => {
  const path = join(folder, "routes");
  const others = ["routes.old", "routes.0.xyz", "routesX.0.a1", "routes.12345.a1"];
  for (const name of [...others, "routes.0.e5.new"]) writeFileSync(join(folder, name), "");
  age(3);
  writeFileSync(join(folder, "routes.0.f6.new"), "");
  await (await live(path, 0, 1, "a1")).keeper.close();
  expect(readdirSync(folder).sort()).toEqual([...others, "routes.0.a1", "routes.0.f6.new"].sort());
});

test("a snapshot is written now and then, and what goes wrong is said once", async () => {
  const path = join(folder, "gone", "routes");
  const { events, timers, context } = host(0, 1);
  const keeper = new SnapshotKeeper(context, () => []);
  keeper.keep({ path, seconds: 60 });
  timers.turn(60);
  await keeper.write();
  await keeper.write();
  expect(events.map(({ is }) => is)).toEqual(["not-written"]);
  keeper.keep({ path: join(folder, "routes"), seconds: 60 });
  timers.turn(60);
  await keeper.write();
  expect(existsSync(join(folder, "routes.0.a1"))).toBe(true);
  keeper.keep(undefined);
  expect(timers.waiting).toBe(0);
});

test("a file that cannot be used is named, and the edge begins without it", async () => {
  const path = join(folder, "routes");
  writeFileSync(path, "rubbish");
  const { events, context } = host(0, 1);
  expect((await readSnapshots({ path, seconds: 60 }, context)).routes).toEqual([]);
  expect(events).toEqual([{ is: "refused", file: path, why: "it is not complete" }]);
});

test("routes are as much older as the file is; a clock that was set back makes none younger", async () => {
  const path = join(folder, "routes");
  for (const [writtenAtMs, least, most] of [
    [Date.now() - 60_000, 60_500, 120_000],
    [Date.now() + 3_600_000, 500, 500],
  ] as const) {
    await writeSnapshotFile(path, [routeOf("a", 500)], writtenAtMs);
    const [route] = (await readSnapshots({ path, seconds: 60 }, host(0, 1).context)).routes;
    expect(route?.ageMs).toBeGreaterThanOrEqual(least);
    expect(route?.ageMs).toBeLessThanOrEqual(most);
  }
});

test("a cache gets back what it had, and no other's", () => {
  const timers = new HandWheel();
  const before = new RouteCaches(new Siblings(), timers);
  for (const name of ["main ", "other "]) {
    const memory = new RouteMemory(1_000_000, timers, newCounters());
    memory.learn(name, {
      answer: { is: "route", route: aRoute(`user of ${name}`) },
      askedMs: timers.nowMs,
      askedMark: memory.mark,
    });
    memory.learn("nobody", { answer: { is: "unknown" }, askedMs: 0, askedMark: 0 });
    before.add(name, memory);
  }
  const after = new RouteCaches(new Siblings(), timers, before.all());
  const memory = new RouteMemory(1_000_000, timers, newCounters());
  after.add("main ", memory);
  expect([...memory.known()].map(({ route }) => route.account)).toEqual(["user of main "]);
});

test.each([
  ["the older first", [5000, 100]],
  ["the older last", [100, 5000]],
])("of a route that several files have the latest counts: %s", (_, ages) => {
  const timers = new HandWheel();
  const routes = ages.map((ageMs) => ({ ...routeOf("a", ageMs), route: aRoute(`user of ${ageMs}`) }));
  const caches = new RouteCaches(new Siblings(), timers, routes);
  const memory = new RouteMemory(1_000_000, timers, newCounters());
  caches.add("main ", memory);
  expect([...memory.known()].map(({ route }) => route.account)).toEqual(["user of 100"]);
});
