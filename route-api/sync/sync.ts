import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { DirectoryConfig } from "../config/directory.ts";
import type { SyncStatus } from "../contract/sync-status.ts";
import type { DirectorySource } from "../directory/source.ts";
import type { RouteStore } from "../store/store.ts";
import { removalGuard } from "./guard.ts";
import { type Leader, openLeader } from "./leader.ts";
import { acquireLease, type Lease } from "./lease.ts";
import { backoff } from "./retry-delay.ts";
import { readStatus } from "./status.ts";

export interface SyncOptions {
  source: DirectorySource;
  store: RouteStore;
  /** What attributes mean, and what guards the table. */
  directory: DirectoryConfig;
  log: Logger;
}

export interface Sync {
  /**
   * Resolves once the table is as the directory was, or that has failed once (the log says why, and it is tried again),
   * or another sync leads and has read the directory.
   */
  first: Promise<void>;
  /** Ends what is under way, keeps how far it came, and gives the lease back. */
  close(): Promise<void>;
}

/** Keeps the route store like the directory, as long as no other sync does. */
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
  const guard = removalGuard(directory, () => performance.now());
  const waits = backoff(directory.retrySeconds * 1000);
  while (!signal.aborted) {
    try {
      const lease = await acquireLease(store, {
        holder,
        log,
        signal,
        onWait(leader) {
          log.info({ leader }, "another sync leads");
          // Whoever waits for a first reading need not wait for the lease: the table is there.
          readStatus(store).then(
            ({ lastFullRun }) => lastFullRun !== undefined && onFirst(),
            () => onFirst(),
          );
        },
      });
      if (lease === undefined) return;
      log.info({ directory: options.source.description, unclean: !lease.wasReleased }, "sync leads");
      const leader = await openLeader({ ...options, lease, holder, guard });
      await followOnAndOn(leader, lease, options, signal, onFirst);
      await leader.close();
      if (!signal.aborted) log.warn("the lease is lost");
      waits.reset();
    } catch (error) {
      log.error({ error: (error as Error).message }, "sync failed");
      onFirst();
      await pause(waits.next(), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Follows as long as the lease lasts; what fails is tried again, ever more seldom. */
async function followOnAndOn(
  leader: Leader,
  lease: Lease,
  { directory }: SyncOptions,
  signal: AbortSignal,
  onFirst: () => void,
): Promise<void> {
  const waits = backoff(directory.retrySeconds * 1000);
  const stopped = AbortSignal.any([signal, lease.lost]);
  while (!stopped.aborted) {
    try {
      await leader.follow("cursor", signal, () => {
        waits.reset();
        onFirst();
      });
    } catch (error) {
      leader.failed(error);
      onFirst();
      await pause(waits.next(), undefined, { signal: stopped }).catch(() => undefined);
    }
  }
}

/** What one full reading did. */
export interface SyncReport extends NonNullable<SyncStatus["lastFullRun"]> {
  skippedCount: number;
  /** The first of the entries that cannot be used. */
  skipped: SyncStatus["skipped"];
  /** Removals that wait for the operator's word. */
  held: SyncStatus["held"];
}

/** Another sync leads. */
export class SyncBusy extends Error {}

/** Reads the directory whole, once. Rejects with DirectoryError, StoreError, and SyncBusy where another sync leads. */
export async function syncOnce(options: SyncOptions): Promise<SyncReport> {
  const { store, directory, log } = options;
  const ending = new AbortController();
  const holder = newHolder();
  let busy = "";
  const onAlive = (leader: string): void => {
    busy = leader;
    ending.abort();
  };
  const lease = await acquireLease(store, { holder, log, signal: ending.signal, onAlive });
  if (lease === undefined) throw new SyncBusy(`${busy} keeps the table like the directory already`);
  const guard = removalGuard(directory, () => performance.now());
  const leader = await openLeader({ ...options, lease, holder, guard });
  try {
    await leader.follow("nothing", ending.signal, (full) => {
      if (full) ending.abort();
    });
    const { lastFullRun, held } = leader.board.progress;
    // The signal comes after a full reading only, and without it only a lost lease ends the following.
    if (lastFullRun === undefined || !ending.signal.aborted)
      throw new SyncBusy(
        "the lease is lost: another sync took it, or the route store did not answer for too long",
      );
    const { skipped } = leader.board;
    return { ...lastFullRun, skippedCount: skipped.count, skipped: skipped.named(), held };
  } catch (error) {
    if (!(error instanceof SyncBusy)) leader.failed(error);
    throw error;
  } finally {
    await leader.close();
  }
}

/** Host, process, and a random part that no other has. */
const newHolder = (): string => `${hostname()}:${process.pid}:${randomBytes(6).toString("hex")}`;
