import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { SyncStatus } from "../contract/sync-status.ts";
import type { DocumentStore, EntryStore } from "../store/store.ts";
import { type AmbiguousNames, ambiguousNames } from "./ambiguous-names.ts";
import { DOCUMENTS, type Held } from "./notes.ts";
import { type SkippedList, skippedList } from "./skipped-list.ts";

/** What the sync is doing. */
export interface Progress {
  phase: "refreshing" | "following" | "stopped";
  method: SyncStatus["method"];
  lagSeconds: number | undefined;
  lastChangeAt: string | undefined;
  lastFullRun: SyncStatus["lastFullRun"];
  older: number | undefined;
  behind: SyncStatus["behind"];
  held: Held | undefined;
  failure: SyncStatus["failure"];
}

/** Publishes what the sync is doing; a new state is written soon, details rarely enough to cost next to nothing. */
export interface StatusBoard {
  readonly progress: Readonly<Progress>;
  readonly skipped: SkippedList;
  readonly ambiguous: AmbiguousNames;
  set(change: Partial<Progress>): void;
  /** A detail has changed, such as the list of skipped entries. */
  touch(): void;
  status(): SyncStatus;
  /** Writes what is still unwritten, at once. */
  flush(): Promise<void>;
  /** Writes what is still unwritten, and nothing after that. */
  close(): Promise<void>;
  /** Writes nothing more: another leader publishes the status now. */
  abandon(): void;
}

/** Shortest time between two writes, in milliseconds: for a new state, and for details. */
const STATE_MS = 200;
const DETAILS_MS = 5_000;

export interface StatusBoardOptions {
  documents: DocumentStore & Pick<EntryStore, "match">;
  leader: string;
  directory: string;
  held: Held | undefined;
  log: Logger;
}

/** Continues from what the last leader published. Rejects with a StoreError. */
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
    older: undefined,
    behind: undefined,
    held,
    failure: undefined,
  };
  const skipped = skippedList(earlier?.skipped, earlier?.skippedCount);
  const ambiguous = ambiguousNames(documents, log, earlier?.ambiguous);

  const status = (): SyncStatus => {
    const { phase: _, ...rest } = progress;
    const state = stateOf(progress);
    const count = {
      skippedCount: skipped.count,
      skipped: skipped.named(),
      ambiguousCount: ambiguous.count,
      ambiguous: ambiguous.shown(),
    };
    // Drops undefined fields: the document is JSON.
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
      log.warn({ error: (error as Error).message }, "sync status not written");
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
    ambiguous,
    set(change) {
      const before = progress;
      progress = { ...progress, ...change };
      if (isDeepStrictEqual(progress, before)) return;
      const isNews =
        stateOf(progress) !== stateOf(before) ||
        (progress.lagSeconds === 0) !== (before.lagSeconds === 0) ||
        "lastFullRun" in change ||
        "held" in change ||
        "behind" in change;
      writeWithin(isNews ? STATE_MS : DETAILS_MS);
    },
    touch: () => writeWithin(DETAILS_MS),
    status,
    async flush() {
      clearTimeout(timer?.handle);
      flush();
      await writing;
    },
    async close() {
      abandon();
      flush();
      await writing;
    },
    abandon,
  };
}

function stateOf({ phase, failure, held, behind }: Progress): SyncStatus["state"] {
  if (phase === "stopped") return "stopped";
  if (failure !== undefined) return "failing";
  if (held !== undefined) return "held";
  return behind !== undefined && phase === "following" ? "behind" : phase;
}
