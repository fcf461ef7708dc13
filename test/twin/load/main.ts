/** Mail clients: some stay, some come and go. Settings as JSON in the first argument; ends when told anything. */
import { setTimeout as pause } from "node:timers/promises";
import { speak } from "../json-process.ts";
import { ImapClient, type Over } from "./imap-client.ts";
import type { LoadSaid, LoadSettings } from "./settings.ts";

const { doors, users, sessions, pollMs, idleMs, loginMs, answerMs, limitMs } = JSON.parse(
  process.argv[2] ?? "{}",
) as LoadSettings;

/** A session that could not begin is tried again after this time. */
const RETRY_MS = 100;
/** Every so manieth session that stays idles. */
const IDLER = 5;

let over = false;
const say: (said: LoadSaid) => void = speak(() => stop());
const stop = (): void => {
  over = true;
  say({ event: "stopped" });
  process.stdout.write("", () => process.exit(0));
};

let logins = 0;

/** One login through a door; undefined where it failed. */
async function logIn(door: number): Promise<ImapClient | undefined> {
  const to = doors[door];
  if (to === undefined) return undefined;
  const number = logins++;
  const began = Date.now();
  const client = new ImapClient(to, answerMs);
  const tell = (failed?: string): void =>
    say({
      event: "login",
      number,
      door,
      edge: client.edge,
      began,
      ms: Date.now() - began,
      ...(failed === undefined ? {} : { failed }),
    });
  try {
    await client.greeted();
    await client.command(`LOGIN ${users[number % users.length]} secret`);
    tell();
    return client;
  } catch (error) {
    tell((error as Error).message);
    client.close();
    return undefined;
  }
}

/** Stays logged in for ever: comes back when the session is over, as mail clients do. */
async function stay(id: number, door: number): Promise<void> {
  while (!over) {
    const client = await logIn(door);
    if (client === undefined) {
      await pause(RETRY_MS);
      continue;
    }
    const tell = (more: object): void =>
      say({ event: "session", id, door, edge: client.edge, at: Date.now(), ...more });
    tell({});
    try {
      while (!over) {
        if (id % IDLER === 0) await client.idle(idleMs);
        else await client.rest(pollMs);
        await client.command("NOOP");
      }
    } catch (error) {
      const { end, message } = error as Over;
      tell({ end, detail: message });
    }
    client.close();
  }
}

/** In and out. */
async function visit(door: number): Promise<void> {
  const client = await logIn(door);
  // What ends between login and logout is no lost login.
  await client?.command("LOGOUT").catch(() => {});
  client?.close();
}

for (let id = 0; id < sessions; id++)
  for (const door of doors.keys()) void stay(id * doors.length + door, door);
let visits = 0;
setInterval(() => {
  if (!over) void visit(visits++ % doors.length);
}, loginMs);
setTimeout(stop, limitMs).unref();
