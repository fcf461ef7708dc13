import { setTimeout as pause } from "node:timers/promises";
import { Client } from "ldapts";
import pino from "pino";
import { DirectoryConfig } from "../../../route-api/config/directory.ts";
import type { Change } from "../../../route-api/contract/changes.ts";
import { Secret } from "../../../route-api/contract/secret.ts";
import type { SyncStatus } from "../../../route-api/contract/sync-status.ts";
import { openDirectory } from "../../../route-api/directory/open.ts";
import { openSqlite } from "../../../route-api/store/sqlite/open.ts";
import type { RouteStore } from "../../../route-api/store/store.ts";
import { readStatus } from "../../../route-api/sync/status.ts";
import { type Sync, type SyncReport, startSync, syncOnce } from "../../../route-api/sync/sync.ts";
import { BASE, type Slapd } from "../../support/slapd.ts";

/** A route store that a sync keeps, in this process. */
export interface SyncedStore {
  store: RouteStore;
  /** What the sync logged. */
  log: Record<string, unknown>[];
  /** Follows; the sync is ended with the store. */
  start(change?: object): Promise<Sync>;
  /** Ends the sync that follows. */
  stop(): Promise<void>;
  once(change?: object): Promise<SyncReport>;
  status(): Promise<SyncStatus>;
  /** Hosts of a login; undefined where it is unknown. */
  hosts(login: string): Promise<string[] | undefined>;
  /** Accounts in the table, sorted. */
  accounts(): Promise<string[]>;
  /** Everything that edges were told from here on. */
  changes(): Promise<() => Promise<Change[]>>;
  close(): Promise<void>;
}

/** Settings of a directory that is a slapd of ours. */
export const settings = (slapd: Slapd, change: object = {}): object => ({
  url: slapd.url,
  base: BASE,
  bindDn: slapd.bindDn,
  retrySeconds: 0.05,
  connectTimeoutSeconds: 2,
  searchTimeoutSeconds: 5,
  ...change,
});

export async function syncedStore(base: object, password = "directory secret"): Promise<SyncedStore> {
  const store = openSqlite(":memory:");
  await store.create();
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "debug", base: {} }, { write: (line) => void lines.push(JSON.parse(line)) });
  let sync: Sync | undefined;
  const parts = (change: object) => {
    const directory = DirectoryConfig.parse({ ...base, ...change });
    return { source: openDirectory(directory, new Secret(password), log), store, directory, log };
  };
  const stop = async (): Promise<void> => {
    await sync?.close();
    sync = undefined;
  };
  return {
    store,
    log: lines,
    async start(change = {}) {
      sync = startSync(parts(change));
      await sync.first;
      return sync;
    },
    stop,
    once: (change = {}) => syncOnce(parts(change)),
    status: () => readStatus(store),
    async hosts(login) {
      const found = await store.find(login, "consistent");
      return found.is === "found" ? found.entry.mailHost : undefined;
    },
    async accounts() {
      const accounts: string[] = [];
      for await (const { account } of store.entries()) accounts.push(account);
      return accounts.sort();
    },
    async changes() {
      let { cursor } = await store.changes.after(undefined, 100);
      const all: Change[] = [];
      return async () => {
        for (;;) {
          const next = await store.changes.after(cursor, 100);
          cursor = next.cursor;
          all.push(...next.items);
          if (next.items.length === 0) return all;
        }
      };
    },
    async close() {
      await stop();
      await store.close();
    },
  };
}

const LIMIT_MS = 20_000;

/** Waits until `look` gives something that is neither undefined nor false. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`there never was ${what}`);
    await pause(1);
  }
}

/** A client that is bound as the administrator: its changes leave this process free to see what they do. */
export async function administrator(slapd: Slapd): Promise<Client> {
  const client = new Client({ url: slapd.url });
  await client.bind(slapd.bindDn, slapd.bindPassword);
  return client;
}

export const dnOf = (uid: string): string => `uid=${uid},${BASE}`;
