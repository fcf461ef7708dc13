import { setTimeout as pause } from "node:timers/promises";
import { atMost } from "../../support/at-most.ts";
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
  /** Resolves when all sessions are there and every visitor has logged in once: whoever stands before the stores knows them then. */
  ready: Promise<unknown>;
  stop(): Promise<void>;
}

/** Every so manieth login is of a stranger. */
const STRANGER_SHARE = 4;
/** Sessions that are opened at the same time when it begins: a crowd would only wait, and be refused. */
const OPENED_AT_ONCE = 32;
/** Longest time until all of them are there. */
const OPENING_MS = 600_000;
/** Clients come from so many addresses: 127.2.0.1 to 127.2.3.250. */
const ADDRESSES = 1000;
const addressOf = (client: number): string =>
  `127.2.${Math.floor((client % ADDRESSES) / 250)}.${(client % 250) + 1}`;

export function startLoad(settings: LoadSettings): Load {
  const { doors, stayers, visitors, strangers, password, loginsPerSecond, roundMs, messageOctets } = settings;
  const events: LoadEvent[] = [];
  const there = new Set<number>();
  const underWay = new Set<number>();
  const open = new Set<ImapClient>();
  const opening = atMost(OPENED_AT_ONCE);
  const allThere = Promise.withResolvers<void>();
  let isOver = false;
  const now = (): number => performance.now();

  const connect = (number: number, limitMs: number): ImapClient => {
    const door = doors[number % doors.length] as Door;
    const client = new ImapClient({ ...door, from: addressOf(number) }, limitMs);
    open.add(client);
    return client;
  };
  const close = (client: ImapClient): void => {
    client.close();
    open.delete(client);
  };

  /** One login; undefined where it failed. */
  const logIn = async (user: User, number: number, isNew: boolean, limitMs: number) => {
    const at = now();
    underWay.add(at);
    const client = connect(number, settings.loginAnswerMs);
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
    let isFirst = true;
    while (!isOver) {
      const enter = () => logIn(user, id >> 1, false, settings.sessionAnswerMs);
      const client = await (isFirst ? opening(enter) : enter());
      if (client === undefined) {
        await pause(settings.returnMs * (1 + Math.random()));
        continue;
      }
      const { place } = client;
      try {
        await client.command("SELECT INBOX");
        there.add(id);
        isFirst = false;
        if (there.size === stayers.length) allThere.resolve();
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
        if (!isOver)
          events.push({ kind: "ended", at: now(), id, store, client: place, end, detail: message });
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
  let timer: NodeJS.Timeout | undefined;
  const late = setTimeout(
    () => allThere.reject(new Error(`only ${there.size} of ${stayers.length} sessions opened`)),
    OPENING_MS,
  );
  const staying = stayers.map(stay);
  /** Logs in until that goes well. */
  const meet = async (user: User, number: number): Promise<void> => {
    while (!isOver) {
      const client = await logIn(user, number, true, settings.loginAnswerMs);
      if (client !== undefined) return close(client);
      await pause(settings.returnMs);
    }
  };

  return {
    events,
    there,
    underWay,
    ready: Promise.all([allThere.promise, ...visitors.map(meet)]).then(() => {
      clearTimeout(late);
      timer = setInterval(() => void visit(), 1000 / loginsPerSecond);
    }),
    async stop() {
      isOver = true;
      clearInterval(timer);
      clearTimeout(late);
      for (const client of open) client.close();
      await Promise.all(staying);
    },
  };
}
