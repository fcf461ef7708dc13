import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import type { Logger } from "pino";
import type { DirectoryConfig } from "../config/directory.ts";
import { DirectoryError } from "../directory/directory-error.ts";
import { eventQueue, pumpToEnd } from "../directory/event-queue.ts";
import type { DirectoryEvent, DirectorySource } from "../directory/source.ts";
import { type RouteStore, StoreError } from "../store/store.ts";
import { type Announcer, announcer } from "./announcer.ts";
import { applier } from "./applier.ts";
import type { authority } from "./authority.ts";
import { removalGuard } from "./guard.ts";
import { heldSet } from "./held-set.ts";
import type { Lease } from "./lease.ts";
import { pointerCheck } from "./pointer-check.ts";
import { approvedBy } from "./release.ts";
import { removals } from "./removals.ts";
import { openStatusBoard, type StatusBoard } from "./status-board.ts";

export interface LeaderOptions {
  lease: Lease;
  source: DirectorySource;
  store: RouteStore;
  directory: DirectoryConfig;
  /** Judges what servers report. */
  judge: typeof authority;
  holder: string;
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
  let isWholeDue = false;
  return {
    board,
    async mirror(from, signal, onLevel) {
      await told.settle();
      await mirror(options, {
        board,
        told,
        fromNothing: from === "nothing" || isWholeDue,
        stopped: AbortSignal.any([signal, lease.lost]),
        onLevel(full) {
          if (full) isWholeDue = false;
          if (board.progress.failure !== undefined) {
            board.set({ failure: undefined });
            log.info({ directory: source.description }, "directory followed again");
          }
          onLevel(full);
        },
        onCaughtUp() {
          isWholeDue = true;
        },
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
        board.set({ phase: "stopped", lagSeconds: undefined, behind: undefined });
        await board.close();
      }
      await lease.end(!told.owes);
    },
  };
}

interface Mirroring {
  board: StatusBoard;
  told: Announcer;
  fromNothing: boolean;
  stopped: AbortSignal;
  onLevel(full: boolean): void;
  /** The server, which was behind, has caught up: the directory must be read whole. */
  onCaughtUp(): void;
}

async function mirror(
  { lease, source, store, directory, judge, log }: LeaderOptions,
  { board, told, fromNothing, stopped, onLevel, onCaughtUp }: Mirroring,
): Promise<void> {
  const ending = new AbortController();
  const signal = AbortSignal.any([stopped, ending.signal]);
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    if (!signal.aborted) failure = { error };
    ending.abort();
  };

  const { held, cursor } = lease.notes;
  const shown = heldSet(store);
  const count = held === undefined ? undefined : await approvedBy(store, held);
  const approved = count === undefined ? undefined : { count, includes: await shown.first(count) };
  const accepts = approved !== undefined && held?.reason === "server-behind";
  const precedence = judge(() => lease.notes, accepts);
  const start = fromNothing || approved !== undefined ? undefined : cursor;
  const work = applier({
    source,
    store,
    lease,
    authority: precedence,
    names: directory,
    removals: removals({
      store,
      lease,
      authority: precedence,
      guard: removalGuard(directory, lease.notes.removed ?? []),
      heldSet: shown,
      canaries: directory.canaries,
      log,
      onHold: (next) => board.set({ held: next }),
    }),
    announcer: told,
    pointers: pointerCheck({ store, lease, everyMs: directory.nameCheckSeconds * 1000, log }),
    board,
    approved,
    readsWhole: start === undefined,
    log,
    signal,
    onLevel,
    onCaughtUp() {
      onCaughtUp();
      ending.abort();
    },
    onFailure: fail,
  });
  const events = eventQueue<DirectoryEvent>(BATCH_EVENTS);
  const reading = pumpToEnd(source.events(start, signal), events);
  const usedUp = approved === undefined ? undefined : held?.id;
  const watching = watchForApproval(lease, store, usedUp, signal).then(ending.abort.bind(ending), fail);
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
async function watchForApproval(
  lease: Lease,
  store: RouteStore,
  usedUp: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(RELEASE_POLL_MS, undefined, { signal }).catch(() => undefined);
    const { held } = lease.notes;
    if (signal.aborted || held === undefined || held.id === usedUp) continue;
    if ((await approvedBy(store, held)) !== undefined) return;
  }
}
