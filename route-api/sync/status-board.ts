import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { SyncStatus } from "../contract/sync-status.ts";
import type { DocumentStore } from "../store/store.ts";
import { DOCUMENTS, type Held } from "./notes.ts";
import { type SkippedList, skippedList } from "./skipped-list.ts";

/** What the sync is at. */
export interface Progress {
  phase: "refreshing" | "following" | "stopped";
  method: SyncStatus["method"];
  lagSeconds: number | undefined;
  lastChangeAt: string | undefined;
  lastFullRun: SyncStatus["lastFullRun"];
  held: Held | undefined;
  failure: SyncStatus["failure"];
}

/** Shows the world what the sync is at; written often enough to be of use, and seldom enough to cost nothing. */
export interface StatusBoard {
  readonly progress: Readonly<Progress>;
  readonly skipped: SkippedList;
  set(change: Partial<Progress>): void;
  /** Something small has changed, such as the list of skipped entries. */
  touch(): void;
  status(): SyncStatus;
  /** Writes what is not written yet, and no more after that. */
  close(): Promise<void>;
  /** Writes no more: another speaks for the sync. */
  abandon(): void;
}

/** Least time between two writes, in milliseconds: of a new state, and of details. */
const STATE_MS = 200;
const DETAILS_MS = 5_000;

export interface StatusBoardOptions {
  documents: DocumentStore;
  leader: string;
  directory: string;
  held: Held | undefined;
  log: Logger;
}

/** Goes on from what the last leader wrote. Rejects with a StoreError. */
export async function openStatusBoard(options: StatusBoardOptions): Promise<StatusBoard> {
  const { documents, leader, directory, held, log } = options;
  const document = await documents.readDocument(DOCUMENTS.status);
  const parsed = SyncStatus.safeParse(document?.value);
  const earlier = parsed.success ? parsed.data : undefined;
  let revision = document?.revision;
  let progress: Progress = {
    phase: "refreshing",
    method: undefined,
    lagSeconds: undefined,
    lastChangeAt: earlier?.lastChangeAt,
    lastFullRun: earlier?.lastFullRun,
    held,
    failure: undefined,
  };
  const skipped = skippedList(earlier?.skipped, earlier?.skippedCount);

  const status = (): SyncStatus => {
    const { phase: _, ...rest } = progress;
    const state = stateOf(progress);
    const count = { skippedCount: skipped.count, skipped: skipped.named() };
    // Undefined fields are left out: the document is JSON.
    return JSON.parse(JSON.stringify({ state, leader, directory, ...rest, ...count }));
  };
  const write = async (): Promise<void> => {
    try {
      const value = status();
      const swapped = await documents.swapDocument(DOCUMENTS.status, value, revision);
      // The last leader's last words came later than ours: ours count.
      if (swapped === undefined) revision = (await documents.readDocument(DOCUMENTS.status))?.revision;
      revision = swapped ?? (await documents.swapDocument(DOCUMENTS.status, value, revision));
    } catch (error) {
      log.warn({ error: (error as Error).message }, "the sync's status cannot be written");
    }
  };

  let wroteMs = Number.NEGATIVE_INFINITY;
  let timer: { handle: ReturnType<typeof setTimeout>; atMs: number } | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;
  const flush = (): void => {
    timer = undefined;
    wroteMs = performance.now();
    writing = writing.then(write);
  };
  const writeWithin = (leastMs: number): void => {
    const now = performance.now();
    const atMs = Math.max(now, wroteMs + leastMs);
    if (closed || (timer !== undefined && timer.atMs <= atMs)) return;
    clearTimeout(timer?.handle);
    timer = { handle: setTimeout(flush, atMs - now), atMs };
  };

  const abandon = (): void => {
    closed = true;
    clearTimeout(timer?.handle);
  };

  return {
    get progress() {
      return progress;
    },
    skipped,
    set(change) {
      const before = progress;
      progress = { ...progress, ...change };
      if (isDeepStrictEqual(progress, before)) return;
      const isNews =
        stateOf(progress) !== stateOf(before) ||
        (progress.lagSeconds === 0) !== (before.lagSeconds === 0) ||
        "lastFullRun" in change ||
        "held" in change;
      writeWithin(isNews ? STATE_MS : DETAILS_MS);
    },
    touch: () => writeWithin(DETAILS_MS),
    status,
    async close() {
      abandon();
      flush();
      await writing;
    },
    abandon,
  };
}

function stateOf({ phase, failure, held }: Progress): SyncStatus["state"] {
  if (phase === "stopped") return "stopped";
  if (failure !== undefined) return "failing";
  return held === undefined ? phase : "held";
}
