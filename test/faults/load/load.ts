import { setTimeout as pause } from "node:timers/promises";
import { type Door, ImapClient, type Over } from "../../twin/load/imap-client.ts";
import { answerOf, type LoadEvent, type StoreName } from "./events.ts";
import { type Deposit, deposit, isIntact, remove } from "./mailbox.ts";

/** A user, and which store has the mailbox. */
export interface User {
  login: string;
  store: StoreName;
}

export interface LoadSettings {
  doors: Door[];
  /** Of these, each has a session that stays. */
  stayers: User[];
  /** They log in over and over. */
  visitors: User[];
  /** Each logs in once, so that nobody knows them before. */
  strangers: User[];
  password: string;
  loginsPerSecond: number;
  /** Time between two messages of a session that stays. */
  roundMs: number;
  messageOctets: number;
  /** A session that has ended is begun again after one to two times this, as mail clients do. */
  returnMs: number;
  /** Longest wait for an answer: of a login, and in a session. */
  loginAnswerMs: number;
  sessionAnswerMs: number;
}

/** Clients of all kinds, until it is stopped. */
export interface Load {
  events: LoadEvent[];
  /** Sessions that are there. */
  there: Set<number>;
  /** When each login began that is not answered yet. */
  underWay: Set<number>;
  /** Resolves when every visitor has logged in once: whoever stands before the stores knows them then. */
  known: Promise<unknown>;
  stop(): Promise<void>;
}

/** Every so manieth login is of a stranger. */
const STRANGER_SHARE = 4;

export function startLoad(settings: LoadSettings): Load {
  const { doors, stayers, visitors, strangers, password, loginsPerSecond, roundMs, messageOctets } = settings;
  const events: LoadEvent[] = [];
  const there = new Set<number>();
  const underWay = new Set<number>();
  const open = new Set<ImapClient>();
  let isOver = false;
  const now = (): number => performance.now();

  const connect = (door: number, limitMs: number): ImapClient => {
    const client = new ImapClient(doors[door % doors.length] as Door, limitMs);
    open.add(client);
    return client;
  };
  const close = (client: ImapClient): void => {
    client.close();
    open.delete(client);
  };

  /** One login; undefined where it failed. */
  const logIn = async (user: User, door: number, isNew: boolean, limitMs: number) => {
    const at = now();
    underWay.add(at);
    const client = connect(door, settings.loginAnswerMs);
    const { store } = user;
    try {
      await client.greeted();
      await client.command(`LOGIN ${user.login} "${password}"`);
      events.push({ kind: "login", at, ms: now() - at, store, isNew, answer: "ok", detail: "" });
      client.limitMs = limitMs;
      return client;
    } catch (error) {
      const { end, message } = error as Over;
      close(client);
      if (!isOver) {
        const answer = answerOf(message, end);
        events.push({ kind: "login", at, ms: now() - at, store, isNew, answer, detail: message });
      }
      return undefined;
    } finally {
      underWay.delete(at);
    }
  };

  /** One user's session, for ever: a message to the store and back, again and again. */
  const stay = async (user: User, id: number): Promise<void> => {
    const { store } = user;
    let kept: Deposit | undefined;
    while (!isOver) {
      const client = await logIn(user, id >> 1, false, settings.sessionAnswerMs);
      if (client === undefined) {
        await pause(settings.returnMs * (1 + Math.random()));
        continue;
      }
      const clientPort = client.localPort;
      try {
        await client.command("SELECT INBOX");
        there.add(id);
        events.push({ kind: "there", at: now(), id });
        while (!isOver) {
          kept ??= await deposit(client, messageOctets);
          const read = kept;
          const same = await isIntact(client, read);
          events.push({ kind: "transfer", at: now(), store, octets: read.octets, isIntact: same });
          // Once it has been read, its removal may get lost.
          kept = undefined;
          await remove(client, read);
          await client.rest(roundMs * (0.5 + Math.random()));
        }
      } catch (error) {
        const { end, message } = error as Over;
        there.delete(id);
        if (!isOver) events.push({ kind: "ended", at: now(), id, store, clientPort, end, detail: message });
        await pause(settings.returnMs * Math.random());
      }
      close(client);
    }
  };

  let visits = 0;
  const visit = async (): Promise<void> => {
    const number = visits++;
    const isNew = number % STRANGER_SHARE === 0 && strangers.length > 0;
    const user = (isNew ? strangers.shift() : undefined) ?? visitors[number % visitors.length];
    if (user === undefined) return;
    const client = await logIn(user, number, isNew, settings.loginAnswerMs);
    if (client === undefined) return;
    // What ends between login and logout is no lost login.
    await client.command("LOGOUT").catch(() => {});
    close(client);
  };
  const timer = setInterval(() => void visit(), 1000 / loginsPerSecond);
  const staying = stayers.map(stay);
  /** Logs in until that goes well. */
  const meet = async (user: User): Promise<void> => {
    while (!isOver) {
      const client = await logIn(user, 0, true, settings.loginAnswerMs);
      if (client !== undefined) return close(client);
      await pause(settings.returnMs);
    }
  };

  return {
    events,
    there,
    underWay,
    known: Promise.all(visitors.map(meet)),
    async stop() {
      isOver = true;
      clearInterval(timer);
      for (const client of open) client.close();
      await Promise.all(staying);
    },
  };
}
