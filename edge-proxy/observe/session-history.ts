import type { EndReason, FailedLogin, SessionRecord } from "./session-record.ts";

/** A session that has ended. */
export interface EndedSession {
  readonly record: SessionRecord;
  readonly reason: EndReason;
  readonly endedMs: number;
}

/** Estimated memory of a session, and of each of its failed logins beside its texts, in bytes. */
const SESSION_BYTES = 800;
const FAILURE_BYTES = 200;

/** The latest sessions that have ended, as many as fit into a number of bytes. Remembering one costs a place in a map. */
export class SessionHistory {
  limitBytes: number;
  /** By their number, oldest first. */
  readonly #sessions = new Map<number, EndedSession>();
  #first = 0;
  #next = 0;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Scanners and health checks that never tried to log in are not worth a place. */
  add(record: SessionRecord, reason: EndReason, endedMs: number): void {
    if (record.login === undefined && record.account === undefined && record.failures === undefined) return;
    this.#sessions.set(this.#next++, { record, reason, endedMs });
    this.#usedBytes += bytesOf(record);
    while (this.#usedBytes > this.limitBytes && this.#sessions.size > 0) this.#forgetOldest();
  }

  /** Forgets the sessions that fit; returns how many. */
  forget(fits: (record: SessionRecord) => boolean): number {
    let forgotten = 0;
    for (const [number, { record }] of this.#sessions) {
      if (!fits(record)) continue;
      this.#sessions.delete(number);
      this.#usedBytes -= bytesOf(record);
      forgotten++;
    }
    return forgotten;
  }

  *newestFirst(): Iterable<EndedSession> {
    for (let number = this.#next - 1; number >= this.#first; number--) {
      const session = this.#sessions.get(number);
      if (session !== undefined) yield session;
    }
  }

  #forgetOldest(): void {
    const oldest = this.#sessions.get(this.#first);
    this.#sessions.delete(this.#first++);
    if (oldest !== undefined) this.#usedBytes -= bytesOf(oldest.record);
  }
}

const bytesOf = ({ failures }: SessionRecord): number =>
  SESSION_BYTES + (failures?.reduce((sum, failure) => sum + failureBytes(failure), 0) ?? 0);

const failureBytes = ({ detail = "" }: FailedLogin): number => FAILURE_BYTES + detail.length;
