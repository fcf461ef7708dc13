import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Logger } from "pino";
import { type RouteStore, StoreError } from "../store/store.ts";
import { DirectoryError } from "./directory-error.ts";
import { type AttributeNames, routeEntry } from "./entry.ts";
import { type DirectorySource, isSkipped, type SkippedRecord } from "./source.ts";

export interface SyncOptions {
  /** A run that would remove more than this share of the routes removes none. */
  maxRemovedShare: number;
}

/** What one full read of the directory did. */
export interface SyncReport {
  read: number;
  written: number;
  unchanged: number;
  removed: number;
  skippedCount: number;
  /** The first of the entries that cannot be used. */
  skipped: SkippedRecord[];
  /** Removals that were held back because they were too many. */
  held?: { wouldRemove: number; of: number };
  durationMs: number;
}

/** Writes under way at once. */
const WRITE_CONCURRENCY = 16;
/** Skipped entries that a report names. */
const SKIPPED_NAMED = 100;

/**
 * Makes the route store like the directory: writes what is new, then removes what the directory no longer has.
 * Nothing is removed unless the directory was read to its end. Throws DirectoryError and StoreError.
 */
export async function syncOnce(
  source: DirectorySource,
  store: RouteStore,
  names: AttributeNames,
  { maxRemovedShare }: SyncOptions,
): Promise<SyncReport> {
  const startedMs = performance.now();
  const report: SyncReport = {
    read: 0,
    written: 0,
    unchanged: 0,
    removed: 0,
    skippedCount: 0,
    skipped: [],
    durationMs: 0,
  };
  const skip = (record: SkippedRecord): void => {
    report.skippedCount++;
    if (report.skipped.length < SKIPPED_NAMED) report.skipped.push(record);
  };
  const present = new Set<string>();
  const writes = new Set<Promise<void>>();
  const failures: unknown[] = [];

  for await (const record of source.read()) {
    report.read++;
    if (isSkipped(record)) {
      skip(record);
      continue;
    }
    const result = routeEntry(record, names);
    if (!result.ok) {
      skip({ place: record.dn, reason: result.reason });
      continue;
    }
    present.add(result.entry.uuid);
    const write = store
      .put(result.entry)
      .then(
        (written) => void (written ? report.written++ : report.unchanged++),
        (error: unknown) => void failures.push(error),
      )
      .finally(() => writes.delete(write));
    writes.add(write);
    if (writes.size >= WRITE_CONCURRENCY) await Promise.race(writes);
    if (failures.length > 0) break;
  }
  await Promise.all(writes);
  if (failures.length > 0) throw failures[0];
  await removeAbsent(store, present, maxRemovedShare, report);
  report.durationMs = Math.round(performance.now() - startedMs);
  return report;
}

async function removeAbsent(
  store: RouteStore,
  present: ReadonlySet<string>,
  maxRemovedShare: number,
  report: SyncReport,
): Promise<void> {
  const absent: string[] = [];
  let stored = 0;
  for await (const uuid of store.uuids()) {
    stored++;
    if (!present.has(uuid)) absent.push(uuid);
  }
  if (absent.length === 0) return;
  if (absent.length > stored * maxRemovedShare) {
    report.held = { wouldRemove: absent.length, of: stored };
    return;
  }
  for (const uuid of absent) {
    await store.remove(uuid);
    report.removed++;
  }
}

export interface StartSyncOptions extends SyncOptions {
  source: DirectorySource;
  store: RouteStore;
  names: AttributeNames;
  intervalSeconds: number;
  log: Logger;
  /** A file whose change starts a run at once. */
  watchFile?: string;
}

export interface Sync {
  /** The first run's report; undefined where it failed (the log says why, and the next run tries again). */
  first: Promise<SyncReport | undefined>;
  /** Starts no more runs, and waits for the one under way. */
  close(): Promise<void>;
}

/** A file is written in several steps: a change counts when it has been quiet for this long. */
const QUIET_MS = 100;

/** Syncs at once, then at every interval and at every change of the watched file. Runs never overlap. */
export function startSync(options: StartSyncOptions): Sync {
  const { source, store, names, intervalSeconds, log, watchFile } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const run = async (): Promise<SyncReport | undefined> => {
    try {
      const report = await syncOnce(source, store, names, options);
      logReport(log, source, report);
      return report;
    } catch (error) {
      const code = error instanceof DirectoryError || error instanceof StoreError ? error.code : "internal";
      log.error({ code, directory: source.description, error: (error as Error).message }, "sync failed");
      return undefined;
    } finally {
      schedule(intervalSeconds * 1000);
    }
  };
  let current = run();

  function schedule(ms: number): void {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(() => {
      current = current.then(run);
    }, ms);
  }

  const watcher =
    watchFile === undefined
      ? undefined
      : // The folder, not the file: editors and ldapsearch put a new file in its place.
        watch(dirname(watchFile), (_event, name) => {
          if (name === basename(watchFile)) schedule(QUIET_MS);
        });
  return {
    first: current,
    async close() {
      closed = true;
      clearTimeout(timer);
      watcher?.close();
      await current;
    },
  };
}

function logReport(log: Logger, source: DirectorySource, { skipped, held, ...counts }: SyncReport): void {
  const changed = counts.written > 0 || counts.removed > 0 || counts.skippedCount > 0;
  log[changed ? "info" : "debug"](
    { directory: source.description, ...counts, skipped: skipped.slice(0, 10) },
    "sync",
  );
  if (held !== undefined)
    log.error({ code: "removals-held", directory: source.description, ...held }, "sync removed nothing");
}
