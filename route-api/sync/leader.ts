import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import type { Logger } from "pino";
import type { DirectoryConfig } from "../config/directory.ts";
import { DirectoryError } from "../directory/directory-error.ts";
import { channel, feed } from "../directory/event-queue.ts";
import type { DirectoryEvent, DirectorySource } from "../directory/source.ts";
import { type RouteStore, StoreError } from "../store/store.ts";
import { type Announcer, announcer } from "./announcer.ts";
import { applier } from "./applier.ts";
import type { Guard } from "./guard.ts";
import type { Lease } from "./lease.ts";
import type { Held } from "./notes.ts";
import { releasedBy } from "./release.ts";
import { removals } from "./removals.ts";
import { openStatusBoard, type StatusBoard } from "./status-board.ts";

export interface LeaderOptions {
  lease: Lease;
  source: DirectorySource;
  store: RouteStore;
  directory: DirectoryConfig;
  holder: string;
  guard: Guard;
  log: Logger;
}

/** Whoever holds the lease, at work. */
export interface Leader {
  readonly board: StatusBoard;
  /**
   * Follows from the cursor on, or from nothing, until the signal, the end of the lease, or the operator's word. `onLevel`
   * is told when the table is as the directory was a moment ago; `full` where everything was read for it. Rejects with
   * DirectoryError, StoreError.
   */
  follow(from: "cursor" | "nothing", signal: AbortSignal, onLevel: (full: boolean) => void): Promise<void>;
  /** Shows and logs why following failed. */
  failed(error: unknown): void;
  /** Gives the lease back. */
  close(): Promise<void>;
}

/** Events that wait while others are written: together they are the next batch. */
const BATCH_EVENTS = 200;
/** How often one looks for the operator's word while removals are held, in milliseconds. */
const RELEASE_POLL_MS = 1_000;

/** Begins to lead; where that fails, the lease is given back as it was. Rejects with a StoreError. */
export async function openLeader(options: LeaderOptions): Promise<Leader> {
  const { lease, source, store, holder, log } = options;
  const board = await openStatusBoard({
    documents: store,
    leader: holder,
    directory: source.description,
    held: lease.notes.held,
    log,
  }).catch(async (error) => {
    // A lease that is renewed and not used would keep everybody waiting, the next attempt of this process too.
    await lease.end(lease.wasReleased).catch(() => undefined);
    throw error;
  });
  const told = announcer(store, !lease.wasReleased);
  return {
    board,
    async follow(from, signal, onLevel) {
      await told.settle();
      await follow(options, board, told, from, AbortSignal.any([signal, lease.lost]), (full) => {
        if (board.progress.failure !== undefined) board.set({ failure: undefined });
        onLevel(full);
      });
    },
    failed(error) {
      const code = error instanceof DirectoryError || error instanceof StoreError ? error.code : "internal";
      const { message, stack } = error as Error;
      const since = board.progress.failure?.since ?? new Date().toISOString();
      board.set({ failure: { code, message, since }, lagSeconds: undefined });
      const where = code === "internal" ? { stack } : {};
      log.error({ code, directory: source.description, error: message, ...where }, "sync failed");
    },
    async close() {
      if (lease.lost.aborted) board.abandon();
      else {
        board.set({ phase: "stopped", lagSeconds: undefined });
        await board.close();
      }
      await lease.end(!told.owes);
    },
  };
}

async function follow(
  { lease, source, store, directory, guard, log }: LeaderOptions,
  board: StatusBoard,
  told: Announcer,
  from: "cursor" | "nothing",
  stopped: AbortSignal,
  onLevel: (full: boolean) => void,
): Promise<void> {
  const ending = new AbortController();
  const signal = AbortSignal.any([stopped, ending.signal]);
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    if (!signal.aborted) failure = { error };
    ending.abort();
  };

  const { held, cursor } = lease.notes;
  const released = held === undefined ? undefined : await releasedBy(store, held);
  const { canaries } = directory;
  const onHold = (next: Held | undefined): void => board.set({ held: next });
  const work = applier({
    store,
    lease,
    names: directory,
    removals: removals({ store, lease, guard, canaries, log, onHold }),
    announcer: told,
    board,
    released,
    log,
    signal,
    onLevel,
    onFailure: fail,
  });
  const events = channel<DirectoryEvent>(BATCH_EVENTS);
  const start = from === "nothing" || released !== undefined ? undefined : cursor;
  const feeding = feed(source.follow(start, signal), events);
  const usedUp = released === undefined ? undefined : held?.id;
  const watching = watchForRelease(lease, store, usedUp, signal).then(ending.abort.bind(ending), fail);
  signal.addEventListener("abort", events.end, { once: true });
  try {
    for (;;) {
      // What came in the meantime makes one batch; what comes alone does not wait.
      await turn();
      const batch = await events.take();
      if (signal.aborted) break;
      if (batch === undefined) throw new DirectoryError("closed", `${source.description}: it tells no more`);
      if (board.progress.method !== source.method) board.set({ method: source.method });
      await work.apply(batch);
    }
  } catch (error) {
    fail(error);
  } finally {
    ending.abort();
    await Promise.allSettled([work.idle(), feeding, watching]);
  }
  if (failure !== undefined) throw failure.error;
}

/** Resolves once the hold that there is then is released, or at the signal; a hold whose release is used up does not count. */
async function watchForRelease(
  lease: Lease,
  store: RouteStore,
  usedUp: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(RELEASE_POLL_MS, undefined, { signal }).catch(() => undefined);
    const { held } = lease.notes;
    if (signal.aborted || held === undefined || held.id === usedUp) continue;
    if ((await releasedBy(store, held)) !== undefined) return;
  }
}
