import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { DocumentStore, Fence, StoredDocument } from "../store/store.ts";
import { FencedError, FIRST_EPOCH, writeNumbers } from "../store/write-number.ts";
import { DOCUMENTS, LeaseDocument, type SyncNotes } from "./notes.ts";

/** The holder renews the lease this often. */
export const HEARTBEAT_MS = 2_000;
/** A lease that has not been renewed for this long is free. */
export const LEASE_MS = 6_000;
/** A contender checks this often whether the lease is free. */
const POLL_MS = 500;
/**
 * A holder whose last renewal is older than this renews before it sends a write. A request takes no longer than the rest
 * of the lease.
 */
const CONFIRM_AFTER_MS = 2_000;

/** The right to write to the route store. Times are measured on one's own clock; no two clocks are compared. */
export interface Lease {
  /** The last holder released it: everything it wrote was announced. */
  readonly wasReleased: boolean;
  readonly notes: SyncNotes;
  /** For writes to the route store: it refuses them once the lease is lost. */
  readonly fence: Fence;
  /** Begins an epoch later than this one and its own. Rejects with a StoreError. */
  outrank(epoch: number): Promise<void>;
  /** Updates the notes. Rejects with a StoreError, whose code is "fenced" if the lease is lost. */
  save(change: Partial<SyncNotes>): Promise<void>;
  /** Aborts when the lease is lost. */
  readonly lost: AbortSignal;
  /** Releases the lease; `clean` if everything written was announced. */
  end(clean: boolean): Promise<void>;
}

export interface AcquireOptions {
  /** Names this contender: host, process and a random part. */
  holder: string;
  log: Logger;
  signal: AbortSignal;
  /** Called once, with the holder, when there is a wait. */
  onWait?(holder: string): void;
  /** Called each time the holder has renewed it. */
  onAlive?(holder: string): void;
}

/** Waits until the lease is free, and takes it; undefined at the signal. Rejects with a StoreError. */
export async function acquireLease(
  documents: DocumentStore,
  { holder, log, signal, onWait, onAlive }: AcquireOptions,
): Promise<Lease | undefined> {
  let seen: { revision: string | undefined; atMs: number } | undefined;
  let waiting = false;
  while (!signal.aborted) {
    const document = await documents.readDocument(DOCUMENTS.lease);
    const current = parse(document);
    if (seen === undefined || seen.revision !== document?.revision) {
      if (seen !== undefined && current.holder !== null) onAlive?.(current.holder);
      seen = { revision: document?.revision, atMs: performance.now() };
    }
    const isFree = current.holder === null || performance.now() - seen.atMs >= LEASE_MS;
    if (isFree) {
      const startedMs = performance.now();
      const next = { holder, epoch: Math.max(FIRST_EPOCH, current.epoch + 1), notes: current.notes };
      const revision = await documents.swapDocument(DOCUMENTS.lease, next, document?.revision);
      if (revision !== undefined) {
        return hold(documents, { ...next, revision, startedMs, wasReleased: current.holder === null, log });
      }
    } else if (!waiting) {
      waiting = true;
      onWait?.(current.holder ?? "");
    }
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** Unreadable notes count as none; everything is read again then. */
function parse(document: StoredDocument | undefined): LeaseDocument {
  const parsed = LeaseDocument.safeParse(document?.value);
  return parsed.success ? parsed.data : { holder: null, epoch: 0, notes: { entries: 0 } };
}

interface Holding extends LeaseDocument {
  holder: string;
  revision: string;
  /** When the swap that took it was sent. */
  startedMs: number;
  wasReleased: boolean;
  log: Logger;
}

function hold(documents: DocumentStore, holding: Holding): Lease {
  const { holder, wasReleased, log } = holding;
  let { epoch, notes, revision, startedMs: renewedMs } = holding;
  let nextWrite = writeNumbers(epoch);
  const lost = new AbortController();
  /** Serializes swaps: each needs the revision of the one before. */
  let last: Promise<unknown> = Promise.resolve();
  const lostError = (): FencedError => new FencedError(epoch + 1, "another sync leads");

  const swap = (next: () => LeaseDocument): Promise<void> => {
    const work = last.then(async () => {
      if (lost.signal.aborted) throw lostError();
      const startedMs = performance.now();
      const value = next();
      const swapped = await swapOwn(documents, value, revision, holder);
      if (swapped === undefined) {
        lost.abort();
        throw lostError();
      }
      revision = swapped;
      renewedMs = startedMs;
      notes = value.notes;
    });
    last = work.catch(() => undefined);
    return work;
  };
  const renew = (): Promise<void> => swap(() => ({ holder, epoch, notes }));
  const isRecent = (): boolean => performance.now() - renewedMs <= CONFIRM_AFTER_MS;

  const heartbeat = setInterval(() => {
    renew().catch((error: Error) => {
      if (lost.signal.aborted) return;
      log.warn({ error: error.message }, "lease not renewed");
      if (performance.now() - renewedMs > LEASE_MS) lost.abort();
    });
  }, HEARTBEAT_MS);

  return {
    wasReleased,
    get notes() {
      return notes;
    },
    fence: {
      get epoch() {
        return epoch;
      },
      document: DOCUMENTS.lease,
      nextWrite: (above) => nextWrite(above),
      async confirm() {
        // A renewal in progress may be enough.
        if (!isRecent()) await last;
        if (lost.signal.aborted) throw lostError();
        if (!isRecent()) await renew();
      },
    },
    async outrank(other) {
      const next = Math.max(epoch, other) + 1;
      await swap(() => ({ holder, epoch: next, notes }));
      epoch = next;
      nextWrite = writeNumbers(epoch);
    },
    save: (change) => swap(() => ({ holder, epoch, notes: { ...notes, ...change } })),
    lost: lost.signal,
    async end(clean) {
      clearInterval(heartbeat);
      if (clean && !lost.signal.aborted) await swap(() => ({ holder: null, epoch, notes }));
    },
  };
}

/** A swap whose response was lost may have succeeded: then the document is still ours. */
async function swapOwn(
  documents: DocumentStore,
  value: LeaseDocument,
  revision: string,
  holder: string,
): Promise<string | undefined> {
  const swapped = await documents.swapDocument(DOCUMENTS.lease, value, revision);
  if (swapped !== undefined) return swapped;
  const current = await documents.readDocument(DOCUMENTS.lease);
  const { holder: now, epoch } = parse(current);
  if (now !== holder || epoch > value.epoch) return undefined;
  return documents.swapDocument(DOCUMENTS.lease, value, current?.revision);
}
