import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Lane } from "./lanes.ts";
import { type Feed, type FeedPage, ITEMS_PER_RECORD, StoreError } from "./store.ts";

/** One record of a feed. Sequence numbers have no gaps; once all records have expired they start again at 1. */
export interface FeedRecord {
  sequence: number;
  /** Unique to the record, so that a reused sequence number is not mistaken for the old one. */
  id: string;
  /** JSON. */
  items: string;
  /** Seconds since 1970. */
  writtenAt: number;
}

/** What an adapter provides: the records, read consistently. */
export interface FeedRecords {
  last(): Promise<FeedRecord | undefined>;
  /** Records from this number on, in order; at most `limit` records. */
  from(sequence: number, limit: number): Promise<FeedRecord[]>;
  /** False if the number is taken. */
  add(record: FeedRecord): Promise<boolean>;
}

/** Records are kept this much longer than cursors are valid, to allow for clock differences, in seconds. */
export const CLOCK_SLACK_SECONDS = 3600;
/** If the last record is older than this part of the retention, a cursor at the end also says when it was read. */
const QUIET_SHARE = 1 / 24;
/** `0.<seconds>` for an empty feed, else `<number>.<id>`, with `.<seconds>` if the feed was quiet. */
const CURSOR =
  /^(?:0\.(?<emptyAt>\d{1,14})|(?<sequence>[1-9]\d{0,14})\.(?<id>[\w-]{1,36})(?:\.(?<seenAt>\d{1,10}))?)$/;
/** Records per read. */
const PAGE_RECORDS = 100;
/** How often an append retries because another process took its number, and the longest wait in between, in ms. */
const APPEND_ATTEMPTS = 50;
const APPEND_WAIT_MS = 50;
/** DynamoDB's limit for a record is 400 KB; those of a feed stay well below, so that each read is small. */
const RECORD_MAX_BYTES = 100_000;
const ITEM_MAX_BYTES = 350_000;

/** A feed over an adapter's records. */
export function openFeed<T>(lane: Lane<T>, records: FeedRecords): Feed<T> {
  const { retentionSeconds, parse } = lane;
  const end = async (gap: boolean): Promise<FeedPage<T>> => ({
    cursor: cursorAtEnd(await records.last(), nowSeconds(), retentionSeconds),
    gap,
    items: [],
  });

  const readAfter = async (after: string, limit: number): Promise<FeedPage<T> & { isEnd: boolean }> => {
    const cursor = parseCursor(after);
    if (cursor === undefined) return { ...(await end(true)), isEnd: true };
    const found = await records.from(Math.max(1, cursor.sequence), Math.min(limit, PAGE_RECORDS) + 1);
    const now = nowSeconds();
    const behind = recordsBehind(cursor, found, now, retentionSeconds);
    if (behind === undefined) return { ...(await end(true)), isEnd: true };
    const items: T[] = [];
    let last: FeedRecord | undefined;
    for (const record of behind) {
      if (items.length >= limit) break;
      items.push(...parse(record.items));
      last = record;
    }
    if (last !== undefined) return { cursor: cursorAt(last), gap: false, items, isEnd: false };
    const own = cursor.sequence === 0 ? undefined : found[0];
    return { cursor: cursorAtEnd(own, now, retentionSeconds), gap: false, items, isEnd: true };
  };

  return {
    async append(items) {
      let previous: number | undefined;
      for (const part of split(lane, items)) previous = await add(records, JSON.stringify(part), previous);
    },

    async after(after, limit) {
      if (after === undefined) return end(false);
      for (let from = after; ; ) {
        const { isEnd, ...page } = await readAfter(from, limit);
        // Records may hold nothing that this version knows: the end is further on.
        if (isEnd || page.items.length > 0) return page;
        from = page.cursor;
      }
    },
  };
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Adds one record at the end and returns its number. `previous` is the last number, if known. */
async function add(records: FeedRecords, items: string, previous: number | undefined): Promise<number> {
  const id = randomUUID();
  let end = previous ?? (await records.last())?.sequence ?? 0;
  for (let attempt = 0; attempt < APPEND_ATTEMPTS; attempt++) {
    const sequence = end + 1;
    if (await records.add({ sequence, id, items, writtenAt: nowSeconds() })) return sequence;
    await pause(randomInt(APPEND_WAIT_MS));
    end = (await records.last())?.sequence ?? 0;
  }
  throw new StoreError("throttled", "other processes append to the feed all the time");
}

/** Parts that fit into one record each. Throws StoreError. */
function split<T>({ replaceLarge }: Lane<T>, items: readonly T[]): T[][] {
  const parts: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item));
    const part = parts.at(-1);
    const kept = size > ITEM_MAX_BYTES ? replaceLarge(item) : item;
    bytes += size;
    if (part !== undefined && part.length < ITEMS_PER_RECORD && bytes <= RECORD_MAX_BYTES) part.push(kept);
    else {
      parts.push([kept]);
      bytes = size;
    }
  }
  return parts;
}

interface Cursor {
  /** Number of the record that was read last; 0: the feed was empty. */
  sequence: number;
  /** That record's ID; absent for an empty feed. */
  id: string | undefined;
  /** When the feed was seen to end here, in seconds since 1970; absent: use the time the record was written. */
  seenAt: number | undefined;
}

const cursorAt = ({ sequence, id }: FeedRecord): string => `${sequence}.${id}`;

/** The cursor at the end of the feed; for a feed that has been quiet it also says when that was. */
function cursorAtEnd(last: FeedRecord | undefined, now: number, retentionSeconds: number): string {
  if (last === undefined) return `0.${now}`;
  const isQuiet = now - last.writtenAt >= retentionSeconds * QUIET_SHARE;
  return isQuiet ? `${cursorAt(last)}.${now}` : cursorAt(last);
}

function parseCursor(cursor: string): Cursor | undefined {
  const { sequence, id, seenAt, emptyAt } = CURSOR.exec(cursor)?.groups ?? {};
  if (sequence !== undefined) return { sequence: Number(sequence), id, seenAt: seconds(seenAt) };
  return emptyAt === undefined ? undefined : { sequence: 0, id: undefined, seenAt: seconds(emptyAt) };
}

const seconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

/**
 * The records after the cursor; undefined if some may be missing: records after a cursor younger than the retention are
 * certainly there, those after an older one may have expired.
 */
function recordsBehind(
  { sequence, id, seenAt }: Cursor,
  found: FeedRecord[],
  now: number,
  retentionSeconds: number,
): FeedRecord[] | undefined {
  const own = sequence === 0 ? undefined : found[0];
  if (own?.id !== id || (own !== undefined && own.sequence !== sequence)) return undefined;
  const readAt = seenAt ?? own?.writtenAt ?? 0;
  const cannotBe = seenAt !== undefined && seenAt > now + CLOCK_SLACK_SECONDS;
  if (cannotBe || now - readAt > retentionSeconds) return undefined;
  const behind = own === undefined ? found : found.slice(1);
  const following = behind.filter((record, index) => record.sequence === sequence + 1 + index);
  return following.length === 0 && behind.length > 0 ? undefined : following;
}
