import { setTimeout as pause } from "node:timers/promises";
import { lineClient } from "../../../support/clients/line-client.ts";

/** Users of both stores. */
const USERS = ["alice", "bob", "carol", "dave"];
/** Most sessions of a storm that are open at a time: a slow machine lengthens the storm. */
const OPEN_MAX = 250;
/** Longest that a session of a storm stays open, in milliseconds. */
const STAYS_MS = 300;

/** One short session: it logs in and leaves in one of several ways, or never logs in. */
async function shortSession(port: number, number: number): Promise<void> {
  const client = await lineClient(port);
  try {
    if (number % 7 === 0) return;
    await client.until(/^\* OK .*\r\n/);
    const user = number % 11 === 0 ? "nobody" : USERS[number % USERS.length];
    client.send(`a LOGIN ${user} pw\r\n`);
    await client.until(/^a (?:OK|NO) .*\r\n/m);
    await pause((number * 37) % STAYS_MS);
    if (number % 5 === 0) client.socket.resetAndDestroy();
  } finally {
    client.socket.end();
    client.socket.destroySoon();
  }
}

export interface StormOptions {
  sessions: number;
  perSecond: number;
  /** Ports to connect to, in turns; as of the moment of each session. */
  ports(): readonly number[];
}

/** What became of the sessions of a storm. */
export interface StormResult {
  opened: number;
  /** Cut off before they were done: their edge was killed. */
  cutOff: number;
}

/** Opens short sessions at a bounded rate; resolves when the last one has ended. */
export async function storm({ sessions, perSecond, ports }: StormOptions): Promise<StormResult> {
  const open = new Set<Promise<void>>();
  const startedMs = performance.now();
  let cutOff = 0;
  for (let number = 0; number < sessions; number++) {
    const waitMs = startedMs + (number / perSecond) * 1000 - performance.now();
    if (waitMs > 0) await pause(waitMs);
    if (open.size >= OPEN_MAX) await Promise.race(open);
    const all = ports();
    const session = shortSession(all[number % all.length] ?? 0, number)
      .catch(() => void cutOff++)
      .finally(() => open.delete(session));
    open.add(session);
  }
  await Promise.all(open);
  return { opened: sessions, cutOff };
}
