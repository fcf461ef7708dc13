import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { clockObstacle, type FakeClock, fakeClock } from "../../support/fake-clock.ts";
import {
  type ScriptedApi,
  type ScriptedRoutes,
  scriptedApi,
  scriptedRoutes,
} from "../../support/scripted-api.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { type RecordingStore, RIGHT, recordingStore } from "../../support/stores/recording-store.ts";
import { makeFolder } from "../../support/workspace.ts";

const USER = "alice@example.com";
const OTHER = "bob@example.com";
const THIRD = "carol@example.com";
const DAY_SECONDS = 86_400;
const PENALTY_SECONDS = 1;
/** The feed may be silent for so long. */
const SILENT_SECONDS = 1;

const folder = makeFolder("clock");
let stores: Record<"store1" | "store2", RecordingStore>;
let routes: ScriptedRoutes;
let api: ScriptedApi;
let edge: AllInOne;
let clock: FakeClock;

beforeAll(async () => {
  stores = {
    store1: await recordingStore("store1", "imap"),
    store2: await recordingStore("store2", "imap"),
  };
  clock = fakeClock(folder.path);
});
afterEach(async () => {
  await edge?.stop("SIGKILL");
  await api?.stop();
});
afterAll(async () => {
  await Promise.all(Object.values(stores).map((store) => store.close()));
  folder.remove();
});

async function begin(runtime: RuntimeName, environment: Record<string, string>): Promise<void> {
  routes = scriptedRoutes();
  for (const login of [USER, OTHER, THIRD]) routes.set(login, { mailHost: ["store1"] });
  api = await scriptedApi(routes);
  const at = ({ port }: RecordingStore) => ({ address: "127.0.0.1", imap: { port, tls: "none" } });
  edge = await allInOne(runtime, {
    users: {},
    stores: { store1: at(stores.store1), store2: at(stores.store2) },
    routeApi: api.url,
    environment,
    instance: {
      listeners: [{ protocol: "imap" }],
      routeCache: { freshSeconds: 3600, feedSilentSeconds: SILENT_SECONDS },
      penalties: { firstSeconds: PENALTY_SECONDS },
    },
  });
  await routes.taken();
}

/** What a login with a password comes to: the user and store of the session, or the edge's answer. */
async function logIn(password = RIGHT, user = USER): Promise<string> {
  const client = await lineClient(edge.ports[0] ?? 0);
  client.send(`a LOGIN ${user} ${password}\r\n`);
  const answer = await client.until(/^a .*\r\n/m);
  if (!/^a OK/m.test(answer)) return /^a (\w+ \[\w+\])/m.exec(answer)?.[1] ?? answer;
  client.send("x WHO\r\n");
  const who = await client.until(/\* .* at .*\r\n/);
  client.socket.destroy();
  return / at (\w+)/.exec(who)?.[1] ?? who;
}

describe.skipIf(clockObstacle !== undefined).each(Object.keys(RUNTIMES) as RuntimeName[])(
  `an edge on %s whose clock jumps${clockObstacle === undefined ? "" : `: ${clockObstacle}`}`,
  (runtime) => {
    test("keeps its routes and holds, and delays guessers neither less nor more", async () => {
      await begin(runtime, clock.environment);
      expect(await logIn()).toBe("store1");
      // A route that is a month old would not be used any more.
      clock.jump(30 * DAY_SECONDS);
      await api.stop();
      expect(await logIn()).toBe("store1");
      expect(await logIn("wrong")).toBe("NO [AUTHENTICATIONFAILED]");
      // By this clock the failure is two months off, in the future; the penalty is still the first one.
      clock.jump(-30 * DAY_SECONDS);
      expect(await logIn("right")).toBe("store1");
      const { delayedMs } = await edge.session((line) => Number(line.delayedMs) > 0);
      expect(delayedMs).toBeGreaterThan((PENALTY_SECONDS * 1000) / 2);
      expect(delayedMs).toBeLessThan(PENALTY_SECONDS * 1000 * 2);
      await api.start();
      routes.move(USER, "store2");
      await routes.taken();
      expect(await logIn()).toBe("store2");
      const lines = edge.child.lines.filter((line) => line.includes('"msg":"login"'));
      // The log does tell the time of this clock.
      const days = lines.map((line) => (JSON.parse(line).time - Date.now()) / 1000 / DAY_SECONDS);
      expect(Math.round(Math.max(...days))).toBe(30);
      expect(Math.round(Math.min(...days))).toBe(-30);
      // On hold until it is released: by one of these clocks its time was over long ago.
      const until = new Date(Date.now() + 60_000).toISOString();
      for (const day of [30, -30]) {
        clock.jump(day * DAY_SECONDS);
        routes.move(USER, "store1", { hold: { id: `hold-${day}`, until } });
        await routes.taken();
        let came: string | undefined;
        const held = logIn().then((store) => (came = store));
        expect(await logIn(RIGHT, OTHER)).toBe("store1");
        expect(came).toBeUndefined();
        routes.move(USER, "store2");
        expect(await held).toBe("store2");
      }
    });
  },
);

describe.each(["bun", "node"] as const)("an edge on %s that is stopped", (runtime) => {
  test.each(["told in the feed", "that the feed has forgotten"])(
    "for longer than the feed may be silent learns of a move, and of holds that began and ended, %s",
    async (how) => {
      await begin(runtime, {});
      expect(await logIn()).toBe("store1");
      expect(await logIn(RIGHT, THIRD)).toBe("store1");
      const hold = { id: "hold-1", until: new Date(Date.now() + 60_000).toISOString() };
      routes.move(OTHER, "store1", { hold });
      await routes.taken();
      const waits = logIn(RIGHT, OTHER);
      await expect.poll(() => routes.asked).toContain(OTHER);
      process.kill(edge.child.pid, "SIGSTOP");
      routes.move(USER, "store2");
      routes.move(OTHER, "store2");
      // Its time is over before the edge goes on; it is in force until it is released.
      const until = new Date(Date.now() + SILENT_SECONDS * 1000).toISOString();
      routes.move(THIRD, "store1", { hold: { id: "hold-2", until } });
      if (how.includes("forgotten")) routes.forget();
      await pause(SILENT_SECONDS * 2000);
      process.kill(edge.child.pid, "SIGCONT");
      await routes.taken();
      let came: string | undefined;
      const held = logIn(RIGHT, THIRD).then((store) => (came = store));
      expect(await waits).toBe("store2");
      expect(await logIn()).toBe("store2");
      expect(came).toBeUndefined();
      routes.move(THIRD, "store2");
      expect(await held).toBe("store2");
    },
  );
});
