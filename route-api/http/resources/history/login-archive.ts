import type { HistoryConfig } from "../../../config/history.ts";
import { KeptLogin } from "../../../contract/kept-logins.ts";
import { concurrently } from "../../../store/concurrently.ts";
import type { ListStore } from "../../../store/lists.ts";

const DAY_SECONDS = 86_400;
/** Accounts whose logins are written at the same time. */
const ACCOUNTS_AT_ONCE = 8;
/** Accounts of which it is remembered that nothing more is to be written: about 200 bytes each. */
const REMEMBERED_MAX = 50_000;

/** Lists of an account, by what came of its logins. Keys begin with the time, so that the last key is the newest. */
const listOf = { failed: "FAILURES#", succeeded: "LOGINS#" } as const;

/** The logins that the route store keeps of each account. Every method rejects with a StoreError. */
export interface LoginArchive {
  /** Keeps those that are to be kept; the same ones again have no second effect. Does nothing where `days` is 0. */
  keep(logins: readonly KeptLogin[]): Promise<void>;
  /** The latest ones of an account, at most `limit` of each outcome, in no particular order. */
  read(account: string, limit: number): Promise<KeptLogin[]>;
  /** Removes everything that is kept of an account; returns how many logins that was. */
  forget(account: string): Promise<number>;
}

/** `nowMs` is the time of day in milliseconds since 1970. */
export function createLoginArchive(
  lists: ListStore,
  { days, recordsPerHour }: HistoryConfig,
  nowMs: () => number = Date.now,
): LoginArchive {
  /** What was found to be written already, oldest first. */
  const done = new Set<string>();
  const remember = (what: string): void => {
    done.delete(what);
    done.add(what);
    if (done.size > REMEMBERED_MAX) done.delete(done.values().next().value ?? "");
  };
  const put = (list: string, key: string, login: KeptLogin): Promise<void> =>
    lists.put(list, key, login, days * DAY_SECONDS);

  /** Numbered within the hour: two writers at the same moment may replace each other's, but never exceed the limit. */
  const keepFailures = async (account: string, logins: readonly KeptLogin[]): Promise<void> => {
    const list = listOf.failed + account;
    const hour = hourOf(nowMs());
    if (done.has(`${list} ${hour}`)) return;
    const kept = await lists.read(list, hour);
    const known = new Set(kept.flatMap(({ value }) => KeptLogin.safeParse(value).data ?? []).map(identityOf));
    const fresh = logins.filter((login) => !known.has(identityOf(login)));
    const room = Math.max(0, recordsPerHour - kept.length);
    for (const [index, login] of fresh.slice(0, room).entries())
      await put(list, `${hour}~${String(kept.length + index).padStart(3, "0")}`, login);
    if (fresh.length >= room) remember(`${list} ${hour}`);
  };

  /** The key says which login it is, so that it is kept once a day. */
  const keepFirst = async (account: string, logins: readonly KeptLogin[]): Promise<void> => {
    const list = listOf.succeeded + account;
    const [day, hour] = [dayOf(nowMs()), hourOf(nowMs())];
    const keyOf = ({ protocol, network }: KeptLogin): string => `${day}~${protocol}~${network}`;
    const first = new Map(
      logins
        .filter((login) => !done.has(list + keyOf(login)))
        .toReversed()
        .map((login) => [keyOf(login), login]),
    );
    if (first.size === 0) return;
    const kept = await lists.read(list, `${day}~`, "eventual");
    let inHour = kept.filter(({ value }) => KeptLogin.safeParse(value).data?.at.startsWith(hour)).length;
    const keys = new Set(kept.map(({ key }) => key));
    for (const [key, login] of first) {
      if (!keys.has(key) && inHour >= recordsPerHour) continue;
      if (!keys.has(key)) await put(list, key, login);
      if (!keys.has(key)) inHour++;
      remember(list + key);
    }
  };

  return {
    async keep(logins) {
      if (days === 0) return;
      const accounts = [...Map.groupBy(logins, ({ account }) => account.toLowerCase())];
      await concurrently(ACCOUNTS_AT_ONCE, accounts, async ([account, own]) => {
        const failures = own.filter(({ failure }) => failure !== undefined);
        const successes = own.filter(({ failure }) => failure === undefined);
        if (failures.length > 0) await keepFailures(account, failures);
        if (successes.length > 0) await keepFirst(account, successes);
      });
    },

    async read(account, limit) {
      if (days === 0) return [];
      const found = await Promise.all(
        Object.values(listOf).map((list) => lists.readLast(list + account.toLowerCase(), limit)),
      );
      return found.flat().flatMap(({ value }) => KeptLogin.safeParse(value).data ?? []);
    },

    async forget(account) {
      let removed = 0;
      for (const prefix of Object.values(listOf)) {
        const list = prefix + account.toLowerCase();
        for (const { key } of await lists.read(list)) {
          await lists.remove(list, key);
          removed++;
        }
      }
      return removed;
    },
  };
}

/** `2026-11-27T22` in UTC. */
const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13);
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const identityOf = ({ sid, at }: KeptLogin): string => `${sid} ${at}`;
