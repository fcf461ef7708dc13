import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONTAINER_HEALTH } from "../../infra/config/health.ts";
import type { RunningEdge } from "./edges.ts";
import type { JsonProcess } from "./json-process.ts";
import { allSessionsThere, describeLosses, lossesOf, sessionsOn } from "./losses.ts";
import { obstacle } from "./namespaces.ts";
import { STAYING, startTwin, type Twin } from "./site.ts";

/** A stall that a deployment must take, in milliseconds. */
const STALL_MS = 30_000;
/** Clients, and the balancer, wait longer than it lasts. */
const PATIENCE_MS = 2 * STALL_MS;
/** The whole of it, in milliseconds. */
const LONG_MS = 180_000;

const why = obstacle();

describe.skipIf(why !== undefined)(`a stalled edge in network namespaces${why ? `: ${why}` : ""}`, () => {
  let twin: Twin;
  let load: JsonProcess;

  beforeAll(async () => {
    twin = await startTwin({ idleSeconds: PATIENCE_MS / 1000 });
    load = twin.startLoad({ answerMs: PATIENCE_MS });
    await allSessionsThere(load, STAYING);
  });
  afterAll(() => twin?.remove());

  test(
    "loses no session and no login in 30 seconds under load, and is neither avoided nor replaced",
    async () => {
      const edge = twin.edges[0] as RunningEdge;
      // More often than ECS does, so that one falls into the stall.
      const check = twin.watchContainer(edge, { ...CONTAINER_HEALTH, intervalSeconds: 5 });
      await check.hear("that it is well", ({ failures }) => failures === 0);
      const stays = sessionsOn(load, (name) => name === edge.name).length;
      const from = twin.balancer.said.length;
      const losses = await lossesOf(load, async () => {
        edge.process.signal("SIGSTOP");
        await pause(STALL_MS);
        edge.process.signal("SIGCONT");
      });
      console.log(`${describeLosses("stall of 30 s", losses)}; ${stays} of ${STAYING} sessions were there`);
      expect(stays).toBeGreaterThan(0);
      expect(losses.failed).toEqual([]);
      expect(losses.ended).toEqual([]);
      // It did stall: somebody had to wait.
      expect(Math.max(...losses.logins.map(({ ms }) => ms))).toBeGreaterThan(STALL_MS / 2);
      expect(twin.balancer.said.slice(from).filter(({ event }) => event === "state")).toEqual([]);
      await check.hear("that it is well again", ({ failures }) => failures === 0, check.said.length);
      const worst = Math.max(...check.said.map(({ failures }) => Number(failures)));
      expect(worst).toBeGreaterThan(0);
      expect(worst).toBeLessThan(CONTAINER_HEALTH.retries);
    },
    LONG_MS,
  );
});
