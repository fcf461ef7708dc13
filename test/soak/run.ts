/**
 * `npm run soak`: an edge with thousands of idle sessions and logins all the time, support's questions and Prometheus's
 * scrapes among them. Whatever it holds must come back to what it was. Five minutes, or `--minutes 60`; `--write` puts the
 * figures into docs/reliability.md. Exits with 1 where anything has grown.
 */
import type { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { atMost } from "../support/at-most.ts";
import { account, supportSite } from "../support/support-site.ts";
import { put } from "../support/writes.ts";
import { atRate, logIn } from "./clients.ts";
import { atRest, type Measured, measure } from "./measure.ts";
import { rowsOf, table } from "./report.ts";
import { writeSoak } from "./write-page.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    sessions: { type: "string", default: "5000" },
    write: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const sessions = Number(values.sessions);

const LOGINS_PER_SECOND = 20;
/** At first there are more: compiled code and the allocator's pages grow with the first tens of thousands of them. */
const FIRST_LOGINS_PER_SECOND = 150;
const QUESTIONS_PER_SECOND = 1;
/** An edge remembers questions for five minutes: as many are asked at first as there are at most later on. */
const FIRST_QUESTIONS_PER_SECOND = 5;
/** So little that the history is full before anything is measured. */
const HISTORY_BYTES = 1_048_576;
/** Likewise the cached answers about names that nobody has: they have an eighth of this, and room for all users is left. */
const ROUTE_CACHE_BYTES = 786_432;
const SCRAPE_SECONDS = 5;
/** Sessions that are being opened at the same time; as fast as the machine lets them. */
const OPENING = 32;
/** One that was refused is tried again after this, in milliseconds. */
const AGAIN_MS = 200;
/** Longest time until all of them are open. */
const OPENING_SECONDS = 900;
/** Questions that an edge remembers at most. */
const QUESTIONS_KEPT = 1000;
/** Idle sessions must not reach their time-out, in seconds. */
const IDLE_SECONDS = 86_400;
/** Long enough for the history to be full, and for everything to have been used once. */
const WARM_UP_SECONDS = 180;
/** The allocator keeps a little more after the second time that thousands of sessions were opened and closed. */
const WARM_UP_ROUNDS = 2;
/** How long failures are remembered, and how long the edge has to come to rest, in seconds. */
const DECAY_SECONDS = 5;
const REST_SECONDS = 120;
/** One login in so many is of nobody that there is. */
const UNKNOWN = 10;
const USERS = 1000;
/** Those who fail come from many addresses, so that none is delayed for long. */
const addressOf = (number: number): string => `127.${1 + (number % 100)}.0.1`;
const QUESTIONS = ["/v1/sessions?limit=50", "/v1/users/user1@example.com", "/v1/stores", "/v1/edges"];

process.env.BUN_OPTIONS = `--preload=${fileURLToPath(new URL("collect.ts", import.meta.url))}`;
// What is freed goes back to the system at once: what the process has is then what it holds.
process.env.MIMALLOC_PURGE_DELAY = "0";
const site = await supportSite({}, {}, { historyBytes: HISTORY_BYTES });
const failures: string[] = [];
try {
  site.reconfigure({
    limits: {
      imapIdleSeconds: IDLE_SECONDS,
      failedLoginSeconds: 0.1,
      connectionsPerClient: 100_000,
      connectionsPerUser: 1000,
    },
    routeCache: { bytes: ROUTE_CACHE_BYTES },
    penalties: { firstSeconds: 0.1, maxSeconds: 1, decaySeconds: DECAY_SECONDS },
  });
  await put(
    site.store,
    Array.from({ length: USERS }, (_, at) => account(`user${at}`, at % 2 === 0 ? "store1" : "store2")),
  );
  for (const store of Object.values(site.stores)) void takeAll(store);
  const edge = await site.edge("bun");
  const user = (number: number): string => `user${number % USERS}@example.com`;

  const openIdle = async (): Promise<Socket[]> => {
    const open: Socket[] = [];
    const turn = atMost(OPENING);
    const deadlineMs = performance.now() + OPENING_SECONDS * 1000;
    let refused = "";
    /** Tries until it is open: a busy machine refuses some. */
    const openOne = async (number: number): Promise<void> => {
      while (performance.now() < deadlineMs) {
        try {
          const { socket, ok } = await logIn(edge.port, user(number));
          if (ok) return void open.push(socket);
          socket.destroy();
          refused = "refused";
        } catch (error) {
          refused = (error as Error).message;
        }
        await pause(AGAIN_MS);
      }
    };
    await Promise.all(Array.from({ length: sessions }, (_, number) => turn(() => openOne(number))));
    console.log(`${open.length} idle sessions are open`);
    if (open.length < sessions)
      throw new Error(`only ${open.length} of ${sessions} idle sessions opened: ${refused}`);
    return open;
  };
  const load = async (
    seconds: number,
    loginsPerSecond = LOGINS_PER_SECOND,
    questionsPerSecond = QUESTIONS_PER_SECOND,
  ): Promise<void> => {
    const failed = await Promise.all([
      atRate(loginsPerSecond, seconds, async (number) => {
        const isKnown = number % UNKNOWN !== 0;
        const name = isKnown ? user(number) : `nobody${number}@example.com`;
        const { socket, ok } = await logIn(edge.port, name, isKnown ? undefined : addressOf(number));
        socket.destroy();
        if (ok !== isKnown) throw new Error(ok ? "let in" : "refused");
      }),
      atRate(questionsPerSecond, seconds, async (number) => {
        const answer = await site.call("GET", QUESTIONS[number % QUESTIONS.length] ?? "");
        await answer.arrayBuffer();
        if (!answer.ok) throw new Error(`${answer.status}`);
      }),
      atRate(1 / SCRAPE_SECONDS, seconds, () => edge.metrics()),
    ]);
    for (const [at, what] of ["logins", "questions", "scrapes"].entries())
      for (const [why, times] of failed[at] ?? []) failures.push(`${times} ${what} failed: ${why}`);
  };
  /** Has what remembers questions full of equal ones: their answers are of different sizes, and some are forgotten. */
  const measureFull = async (): Promise<Measured> => {
    for (let number = 0; number < QUESTIONS_KEPT; number++)
      await (await site.call("GET", `/v1/sessions?account=${user(number)}`)).arrayBuffer();
    return measure(edge);
  };
  const close = async (open: readonly Socket[]): Promise<void> => {
    for (const socket of open) socket.destroy();
    await atRest(edge, REST_SECONDS);
  };

  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    const warm = await openIdle();
    await load(WARM_UP_SECONDS, FIRST_LOGINS_PER_SECOND, FIRST_QUESTIONS_PER_SECOND);
    await close(warm);
  }
  const restBefore = await measureFull();
  const idle = await openIdle();
  await load(WARM_UP_SECONDS, FIRST_LOGINS_PER_SECOND, FIRST_QUESTIONS_PER_SECOND);
  const busyBefore = await measureFull();
  await load(minutes * 60);
  const busyAfter = await measureFull();
  await close(idle);
  const restAfter = await measureFull();

  const rows = [
    ...rowsOf("idle sessions", busyBefore, busyAfter),
    ...rowsOf("at rest", restBefore, restAfter),
  ];
  console.log(table(rows));
  if (values.write) writeSoak({ minutes, sessions: idle.length, perSecond: LOGINS_PER_SECOND }, rows);
  failures.push(...rows.filter(({ isLeak }) => isLeak).map(({ what }) => `${what} has grown`));
} finally {
  await site.remove();
}
for (const failure of failures) console.error(failure);
process.exit(failures.length === 0 ? 0 : 1);

/** Nobody else asks for a store's connections, and it would remember them. */
async function takeAll(store: { accepted(): Promise<Socket> }): Promise<void> {
  for (;;) await store.accepted();
}
