import type { Change, Changes } from "../../../contract/changes.ts";

/** The newest part of the feed in memory, as a sequence of reads. */
export interface ChangeRing {
  /** Cursor at its end; undefined before the first read. */
  readonly end: string | undefined;
  /** Forgets everything and continues at the cursor. */
  restart(cursor: string): void;
  /** Adds what was read after `end`. */
  add(read: Changes): void;
  /** The changes after the cursor, about `limit`; undefined if the ring does not know the cursor. */
  since(cursor: string, limit: number): Changes | undefined;
}

interface Read {
  from: string;
  to: string;
  changes: readonly Change[];
}

/** A read counts by its changes; one that only moved the cursor counts too. */
const roomOf = ({ changes }: Read): number => Math.max(1, changes.length);

/** A ring for `capacity` changes; the oldest reads are dropped first. */
export function createChangeRing(capacity: number): ChangeRing {
  /** Reads by consecutive number. */
  const reads = new Map<number, Read>();
  /** Number of the read that begins at a cursor. */
  const numbers = new Map<string, number>();
  let oldest = 0;
  let next = 0;
  let size = 0;
  let end: string | undefined;

  const dropOldest = (): void => {
    const read = reads.get(oldest);
    reads.delete(oldest++);
    if (read === undefined) return;
    numbers.delete(read.from);
    size -= roomOf(read);
  };

  return {
    get end() {
      return end;
    },
    restart(cursor) {
      reads.clear();
      numbers.clear();
      size = 0;
      oldest = next;
      end = cursor;
    },
    add({ cursor, changes }) {
      if (end === undefined || cursor === end) return;
      numbers.set(end, next);
      const read = { from: end, to: cursor, changes };
      reads.set(next++, read);
      size += roomOf(read);
      end = cursor;
      while (size > capacity && reads.size > 1) dropOldest();
    },
    since(cursor, limit) {
      if (cursor === end) return { cursor, gap: false, changes: [] };
      const first = numbers.get(cursor);
      if (first === undefined) return undefined;
      const changes: Change[] = [];
      let reached = cursor;
      for (let number = first; number < next && changes.length < limit; number++) {
        const read = reads.get(number);
        if (read === undefined) break;
        changes.push(...read.changes);
        reached = read.to;
      }
      return { cursor: reached, gap: false, changes };
    },
  };
}
