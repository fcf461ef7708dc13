import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { DocumentStore, StoredDocument } from "../store/store.ts";
import { DOCUMENTS, LeaseDocument, type SyncNotes } from "./notes.ts";

/** The holder renews the lease this often. */
export const HEARTBEAT_MS = 2_000;
/** A lease that has not been renewed for this long is free. */
export const LEASE_MS = 6_000;
/** A contender checks this often whether the lease is free. */
const POLL_MS = 500;
/** A holder whose last renewal is older than this renews before it writes. */
const CONFIRM_AFTER_MS = LEASE_MS / 2;

/** Another sync holds the lease. */
export class LeaseLost extends Error {}

/** The right to write to the route store. Times are measured on one's own clock; no two clocks are compared. */
export interface Lease {
  /** The last holder released it: everything it wrote was announced. */
  readonly wasReleased: boolean;
  readonly notes: SyncNotes;
  /** Updates the notes. Rejects with LeaseLost, StoreError. */
  save(change: Partial<SyncNotes>): Promise<void>;
  /** Call before each write: makes sure that the lease has not expired meanwhile. Rejects with LeaseLost, StoreError. */
  confirm(): Promise<void>;
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
      const next = { holder, notes: current.notes };
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
  return parsed.success ? parsed.data : { holder: null, notes: { entries: 0 } };
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
  let { notes, revision, startedMs: renewedMs } = holding;
  const lost = new AbortController();
  /** Serializes swaps: each needs the revision of the one before. */
  let last: Promise<unknown> = Promise.resolve();

  const swap = (next: () => LeaseDocument): Promise<void> => {
    const work = last.then(async () => {
      if (lost.signal.aborted) throw new LeaseLost("another sync leads");
      const startedMs = performance.now();
      const value = next();
      const swapped = await swapOwn(documents, value, revision, holder);
      if (swapped === undefined) {
        lost.abort();
        throw new LeaseLost("another sync leads");
      }
      revision = swapped;
      renewedMs = startedMs;
      notes = value.notes;
    });
    last = work.catch(() => undefined);
    return work;
  };
  const renew = (): Promise<void> => swap(() => ({ holder, notes }));

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
    save: (change) => swap(() => ({ holder, notes: { ...notes, ...change } })),
    async confirm() {
      if (lost.signal.aborted) throw new LeaseLost("another sync leads");
      if (performance.now() - renewedMs > CONFIRM_AFTER_MS) await renew();
    },
    lost: lost.signal,
    async end(clean) {
      clearInterval(heartbeat);
      if (clean && !lost.signal.aborted) await swap(() => ({ holder: null, notes }));
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
  if (parse(current).holder !== holder) return undefined;
  return documents.swapDocument(DOCUMENTS.lease, value, current?.revision);
}
