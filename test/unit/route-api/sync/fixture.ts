import pino from "pino";
import { DirectoryConfig } from "../../../../route-api/config/directory.ts";
import type { Change } from "../../../../route-api/contract/changes.ts";
import type { DirectoryEntry } from "../../../../route-api/directory/entry.ts";
import { eventQueue } from "../../../../route-api/directory/event-queue.ts";
import type { DirectoryEvent, DirectorySource } from "../../../../route-api/directory/source.ts";
import { openSqlite } from "../../../../route-api/store/sqlite/open.ts";
import type { RouteStore } from "../../../../route-api/store/store.ts";
import { DOCUMENTS } from "../../../../route-api/sync/notes.ts";
import { type SyncReport, syncOnce } from "../../../../route-api/sync/sync.ts";

export const log = pino({ level: "silent" });
export const config = (change: object = {}) =>
  DirectoryConfig.parse({
    ldif: "x",
    maxRemovedShare: 0.5,
    maxRemovedEntries: 1,
    retrySeconds: 0.01,
    ...change,
  });

export const entry = (uid: string, more: Record<string, string[]> = {}): DirectoryEntry => ({
  dn: `uid=${uid},dc=x`,
  attributes: new Map(
    Object.entries({
      uid: [uid],
      mail: [`${uid}@x.com`],
      mailhost: ["store1"],
      entryuuid: [`uuid-${uid}`],
      ...more,
    }),
  ),
});
export const told = (...entries: DirectoryEntry[]): DirectoryEvent[] =>
  entries.map((one) => ({ is: "entry", entry: one }));
export const whole = (...entries: DirectoryEntry[]): DirectoryEvent[] => [
  { is: "refreshing" },
  ...told(...entries),
  { is: "refreshed", cursor: "full" },
];

/** A directory that says what it is told to, and then either fails or waits. */
export function scripted(events: DirectoryEvent[] = [], failure?: Error) {
  const more = eventQueue<DirectoryEvent>(1000);
  const cursors: (string | undefined)[] = [];
  const source: DirectorySource = {
    description: "scripted",
    method: "syncrepl",
    async *events(cursor, signal) {
      cursors.push(cursor);
      yield* events;
      if (failure !== undefined) throw failure;
      signal.addEventListener("abort", more.end);
      for (let next = await more.take(); next !== undefined; next = await more.take()) yield* next;
    },
  };
  return { source, cursors, tell: (...some: DirectoryEvent[]) => void some.map(more.push) };
}

/** Lets time pass until the look is true. */
export const until = async (look: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 1));
};

/** A store in memory and what a sync makes of it, anew for each test. */
export interface SyncFixture {
  store: RouteStore;
  /** Everything that was announced since the beginning. */
  changes(): Promise<Change[]>;
  once(events: DirectoryEvent[], change?: object, over?: RouteStore): Promise<SyncReport>;
  has(login: string): Promise<boolean>;
  lease(): Promise<{ holder: unknown; notes: object }>;
  close(): Promise<void>;
}

export async function syncFixture(store: RouteStore = openSqlite(":memory:")): Promise<SyncFixture> {
  await store.create();
  const { cursor } = await store.changes.after(undefined, 100);
  return {
    store,
    changes: async () => (await store.changes.after(cursor, 1000)).items,
    once: (events, change = {}, over = store) =>
      syncOnce({ source: scripted(events).source, store: over, directory: config(change), log }),
    has: async (login) => (await store.find(login, "consistent")).is === "found",
    lease: async () =>
      (await store.readDocument(DOCUMENTS.lease))?.value as { holder: unknown; notes: object },
    close: () => store.close(),
  };
}
