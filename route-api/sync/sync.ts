import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { DirectoryConfig } from "../config/directory.ts";
import type { SyncStatus } from "../contract/sync-status.ts";
import type { DirectorySource } from "../directory/source.ts";
import type { RouteStore } from "../store/store.ts";
import { FencedError } from "../store/write-number.ts";
import { absoluteAuthority, authority } from "./authority.ts";
import { type Leader, type LeaderOptions, openLeader } from "./leader.ts";
import { acquireLease, type Lease } from "./lease.ts";
import { retryDelays } from "./retry-delays.ts";
import { readStatus } from "./status.ts";

export interface SyncOptions {
  source: DirectorySource;
  store: RouteStore;
  /** Attribute mappings and limits on removals. */
  directory: DirectoryConfig;
  log: Logger;
}

export interface Sync {
  /**
   * Resolves once the table matches the directory, or the first attempt has failed (the log says why, and it is tried
   * again), or another sync leads and has read the directory.
   */
  first: Promise<void>;
  /** Stops, saves how far it got, and releases the lease. */
  close(): Promise<void>;
}

/** Keeps the route store like the directory while it holds the lease. */
export function startSync(options: SyncOptions): Sync {
  const closing = new AbortController();
  let onFirst = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    onFirst = resolve;
  });
  const running = run(options, closing.signal, onFirst).finally(onFirst);
  return {
    first,
    async close() {
      closing.abort();
      await running;
    },
  };
}

async function run(options: SyncOptions, signal: AbortSignal, onFirst: () => void): Promise<void> {
  const { store, directory, log } = options;
  const holder = newHolder();
  const delays = retryDelays(directory.retrySeconds * 1000);
  while (!signal.aborted) {
    try {
      const lease = await acquireLease(store, {
        holder,
        log,
        signal,
        onWait(leader) {
          log.info({ leader }, "another sync leads");
          // Nobody needs to wait for the lease if the table is filled already.
          readStatus(store).then(
            ({ lastFullRun }) => lastFullRun !== undefined && onFirst(),
            () => onFirst(),
          );
        },
      });
      if (lease === undefined) return;
      log.info({ directory: options.source.description, unclean: !lease.wasReleased }, "sync leads");
      const leader = await openLeader({ ...options, judge: authority, lease, holder });
      await mirrorUntilLost(leader, lease, options, signal, onFirst);
      await leader.close();
      if (!signal.aborted) log.warn("lease lost");
      delays.reset();
    } catch (error) {
      log.error({ error: (error as Error).message }, "sync failed");
      onFirst();
      await pause(delays.next(), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Mirrors the directory for as long as the lease is held; retries after failures, with backoff. */
async function mirrorUntilLost(
  leader: Leader,
  lease: Lease,
  { directory }: SyncOptions,
  signal: AbortSignal,
  onFirst: () => void,
): Promise<void> {
  const delays = retryDelays(directory.retrySeconds * 1000);
  const stopped = AbortSignal.any([signal, lease.lost]);
  while (!stopped.aborted) {
    try {
      await leader.mirror("cursor", signal, () => {
        delays.reset();
        onFirst();
      });
    } catch (error) {
      leader.failed(error);
      onFirst();
      // The lease is held, but its epoch was lost: an earlier version held it, or the table was restored.
      if (error instanceof FencedError) await lease.outrank(error.epoch).catch(() => undefined);
      await pause(delays.next(), undefined, { signal: stopped }).catch(() => undefined);
    }
  }
}

/** Result of one full read. */
export interface SyncReport extends NonNullable<SyncStatus["lastFullRun"]> {
  skippedCount: number;
  /** The first unusable entries. */
  skipped: SyncStatus["skipped"];
  /** Removals that await the operator's approval. */
  held: SyncStatus["held"];
}

/** Another sync holds the lease. */
export class SyncBusy extends Error {}

/** Reads the whole directory once. Rejects with DirectoryError, StoreError, or SyncBusy if another sync leads. */
export const syncOnce = (options: SyncOptions): Promise<SyncReport> => readOnce(options, authority);

/** The same, but entries of the directory overwrite newer ones of the route store: for a restored directory. */
export const overwriteOnce = (options: SyncOptions): Promise<SyncReport> =>
  readOnce(options, absoluteAuthority);

async function readOnce(options: SyncOptions, judge: LeaderOptions["judge"]): Promise<SyncReport> {
  const { store, log } = options;
  const ending = new AbortController();
  const holder = newHolder();
  let busy = "";
  const onAlive = (leader: string): void => {
    busy = leader;
    ending.abort();
  };
  const lease = await acquireLease(store, { holder, log, signal: ending.signal, onAlive });
  if (lease === undefined) throw new SyncBusy(`another sync is running: ${busy}`);
  const leader = await openLeader({ ...options, judge, lease, holder });
  try {
    await leader.mirror("nothing", ending.signal, (full) => {
      if (full) ending.abort();
    });
    const { lastFullRun, held } = leader.board.progress;
    // The signal is set only by a full read; otherwise only a lost lease ends the mirroring.
    if (lastFullRun === undefined || !ending.signal.aborted)
      throw new SyncBusy("lease lost: another sync took it, or the route store was unavailable for too long");
    const { skipped } = leader.board;
    return { ...lastFullRun, skippedCount: skipped.count, skipped: skipped.named(), held };
  } catch (error) {
    if (!(error instanceof SyncBusy)) leader.failed(error);
    throw error;
  } finally {
    await leader.close();
  }
}

/** Host, process ID and a random part. */
const newHolder = (): string => `${hostname()}:${process.pid}:${randomBytes(6).toString("hex")}`;
