import type { FeedPage } from "../../../store/store.ts";

/** The newest part of a feed in memory, as a sequence of reads. */
export interface FeedRing<T> {
  /** Cursor at its end; undefined before the first read. */
  readonly end: string | undefined;
  /** Forgets everything and continues at the cursor. */
  restart(cursor: string): void;
  /** Adds what was read after `end`. */
  add(read: FeedPage<T>): void;
  /** The items after the cursor, about `limit`; undefined if the ring does not know the cursor. */
  since(cursor: string, limit: number): FeedPage<T> | undefined;
}

interface Read<T> {
  from: string;
  to: string;
  items: readonly T[];
}

/** A read counts by its items; one that only moved the cursor counts too. */
const roomOf = ({ items }: Read<unknown>): number => Math.max(1, items.length);

/** A ring for `capacity` items; the oldest reads are dropped first. */
export function createFeedRing<T>(capacity: number): FeedRing<T> {
  /** Reads by consecutive number. */
  const reads = new Map<number, Read<T>>();
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
    add({ cursor, items }) {
      if (end === undefined || cursor === end) return;
      numbers.set(end, next);
      const read = { from: end, to: cursor, items };
      reads.set(next++, read);
      size += roomOf(read);
      end = cursor;
      while (size > capacity && reads.size > 1) dropOldest();
    },
    since(cursor, limit) {
      if (cursor === end) return { cursor, gap: false, items: [] };
      const first = numbers.get(cursor);
      if (first === undefined) return undefined;
      const items: T[] = [];
      let reached = cursor;
      for (let number = first; number < next && items.length < limit; number++) {
        const read = reads.get(number);
        if (read === undefined) break;
        items.push(...read.items);
        reached = read.to;
      }
      return { cursor: reached, gap: false, items };
    },
  };
}
