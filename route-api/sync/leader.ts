import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import type { Logger } from "pino";
import type { DirectoryConfig } from "../config/directory.ts";
import { DirectoryError } from "../directory/directory-error.ts";
import { eventQueue, pumpToEnd } from "../directory/event-queue.ts";
import type { DirectoryEvent, DirectorySource } from "../directory/source.ts";
import { type Refuses, type RouteStore, StoreError } from "../store/store.ts";
import { type Announcer, announcer } from "./announcer.ts";
import { applier } from "./applier.ts";
import type { Guard } from "./guard.ts";
import type { Lease } from "./lease.ts";
import type { Held } from "./notes.ts";
import { pointerCheck } from "./pointer-check.ts";
import { releasedBy } from "./release.ts";
import { removals } from "./removals.ts";
import { openStatusBoard, type StatusBoard } from "./status-board.ts";

export interface LeaderOptions {
  lease: Lease;
  source: DirectorySource;
  store: RouteStore;
  directory: DirectoryConfig;
  refuses: Refuses;
  holder: string;
  guard: Guard;
  log: Logger;
}

/** The holder of the lease at work. */
export interface Leader {
  readonly board: StatusBoard;
  /**
   * Keeps the table like the directory, from the saved cursor or from the start, until the signal, the loss of the lease,
   * or the operator's approval of removals. Calls `onLevel` when the table matches the directory as of a moment ago;
   * `full` if everything was read for it. Rejects with DirectoryError, StoreError.
   */
  mirror(from: "cursor" | "nothing", signal: AbortSignal, onLevel: (full: boolean) => void): Promise<void>;
  /** Logs the failure and shows it in the status. */
  failed(error: unknown): void;
  /** Releases the lease. */
  close(): Promise<void>;
}

/** Events queued while others are written; together they form the next batch. */
const BATCH_EVENTS = 200;
/** How often to look for the operator's approval while removals are on hold, in milliseconds. */
const RELEASE_POLL_MS = 1_000;

/** Starts to lead; if that fails, the lease is released as it was found. Rejects with a StoreError. */
export async function openLeader(options: LeaderOptions): Promise<Leader> {
  const { lease, source, store, holder, log } = options;
  const board = await openStatusBoard({
    documents: store,
    leader: holder,
    directory: source.description,
    held: lease.notes.held,
    log,
  }).catch(async (error) => {
    // A lease that is renewed but not used would block everybody, including the next attempt of this process.
    await lease.end(lease.wasReleased).catch(() => undefined);
    throw error;
  });
  const told = announcer(store.changes, lease.wasReleased);
  return {
    board,
    async mirror(from, signal, onLevel) {
      await told.settle();
      await mirror(options, board, told, from, AbortSignal.any([signal, lease.lost]), (full) => {
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
      if (lease.lost.aborted) {
        board.abandon();
        // What was written before the lease was lost may have come after the next leader's announcements.
        if (told.owes) await store.changes.append([{ kind: "all" }]);
      } else {
        board.set({ phase: "stopped", lagSeconds: undefined });
        await board.close();
      }
      await lease.end(!told.owes);
    },
  };
}

async function mirror(
  { lease, source, store, directory, refuses, guard, log }: LeaderOptions,
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
    refuses,
    names: directory,
    removals: removals({ store, lease, guard, canaries, log, onHold }),
    announcer: told,
    pointers: pointerCheck({ store, lease, everyMs: directory.nameCheckSeconds * 1000, log }),
    board,
    released,
    log,
    signal,
    onLevel,
    onFailure: fail,
  });
  const events = eventQueue<DirectoryEvent>(BATCH_EVENTS);
  const start = from === "nothing" || released !== undefined ? undefined : cursor;
  const reading = pumpToEnd(source.events(start, signal), events);
  const usedUp = released === undefined ? undefined : held?.id;
  const watching = watchForRelease(lease, store, usedUp, signal).then(ending.abort.bind(ending), fail);
  signal.addEventListener("abort", events.end, { once: true });
  try {
    for (;;) {
      // Events that arrived meanwhile form one batch; a single event does not wait for more.
      await turn();
      const batch = await events.take();
      if (signal.aborted) break;
      if (batch === undefined)
        throw new DirectoryError("closed", `${source.description}: ended unexpectedly`);
      if (board.progress.method !== source.method) board.set({ method: source.method });
      await work.apply(batch);
    }
  } catch (error) {
    fail(error);
  } finally {
    ending.abort();
    await Promise.allSettled([work.idle(), reading, watching]);
  }
  if (failure !== undefined) throw failure.error;
}

/** Resolves once the current hold is approved, or at the signal; an approval that was used up does not count. */
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
