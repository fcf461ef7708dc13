import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Lane } from "./lanes.ts";
import { type Feed, type FeedPage, ITEMS_PER_RECORD, StoreError } from "./store.ts";

/** One record of a feed. Sequence numbers have no gaps, and never start again: the newest record is always kept. */
export interface FeedRecord {
  sequence: number;
  /** Unique to the record. */
  id: string;
  /** ID of the record before; "" if there was none; undefined if an earlier version wrote the record. */
  previous: string | undefined;
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
  /** Adds a record behind `last`, which may expire from then on. False if the number is taken. */
  add(record: FeedRecord, last: FeedRecord | undefined): Promise<boolean>;
}

/** Records are kept this much longer than cursors are valid, to allow for clock differences, in seconds. */
export const CLOCK_SLACK_SECONDS = 3600;
/** Number of the first record: earlier versions, which counted from 1 whenever all records had expired, never reached it. */
export const FIRST_SEQUENCE = 2 ** 40;
/** A cursor at the end of a quiet feed is renewed after this part of the retention, so that it does not expire. */
const RENEW_SHARE = 1 / 24;
/** `0.<seconds>` for an empty feed, else `<number>.<id>.<seconds>`; earlier versions could leave out the seconds. */
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
  const end = async (gap: boolean): Promise<FeedPage<T>> => {
    const last = await records.last();
    const cursor = last === undefined ? `0.${nowSeconds()}` : renewed(lane, cursorAt(last));
    return { cursor, gap, items: [] };
  };

  /** The items of the records behind the cursor; a gap if it is too old, or the records do not follow it. */
  const pageBehind = async (
    cursor: Cursor,
    behind: readonly FeedRecord[],
    limit: number,
  ): Promise<FeedPage<T>> => {
    const [next] = behind;
    const gap = isTooOld(lane, cursor) || (next !== undefined && !follows(next, cursor));
    if (gap && (next === undefined || !lane.keepsRest)) return end(true);
    if (next === undefined) return { cursor: renewed(lane, cursor), gap, items: [] };
    const items = lane.parse(next.items);
    let last = next;
    for (const record of behind.slice(1)) {
      if (items.length >= limit || !follows(record, last)) break;
      items.push(...lane.parse(record.items));
      last = record;
    }
    return { cursor: textOf(cursorAt(last)), gap, items };
  };

  /** Reads on while records hold nothing that this version knows. */
  const firstNews = async (
    after: string,
    read: (cursor: Cursor) => Promise<FeedPage<T>>,
  ): Promise<FeedPage<T>> => {
    for (let text = after; ; ) {
      const cursor = parseCursor(text);
      if (cursor === undefined) return end(true);
      const page = await read(cursor);
      if (page.gap || page.items.length > 0 || page.cursor === text) return page;
      text = page.cursor;
    }
  };
  const pageOf = (limit: number): number => Math.min(limit, PAGE_RECORDS);

  return {
    async append(items) {
      let last: FeedRecord | undefined;
      for (const part of split(lane, items)) last = await add(records, JSON.stringify(part), last);
    },

    async after(after, limit) {
      if (after === undefined) return end(false);
      return firstNews(after, async (cursor) => {
        const { sequence, id, seenAt } = cursor;
        const found = await records.from(sequence, pageOf(limit) + 1);
        const [first] = found;
        const own = first?.sequence === sequence ? first : undefined;
        const behind = own === undefined ? found : found.slice(1);
        // Who gave the cursor is unknown: its record must be there, or the next one must name it.
        const isKnown = (own ?? { id: behind[0]?.previous ?? "" }).id === id;
        const from = { sequence, id, seenAt: isKnown ? (seenAt ?? own?.writtenAt) : undefined };
        return pageBehind(from, behind, limit);
      });
    },

    next: (cursor, limit) =>
      firstNews(cursor, async (from) =>
        pageBehind(from, await records.from(from.sequence + 1, pageOf(limit)), limit),
      ),
  };
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Adds one record at the end and returns it. `known` is the last one, if known. */
async function add(records: FeedRecords, items: string, known: FeedRecord | undefined): Promise<FeedRecord> {
  const id = randomUUID();
  let last = known ?? (await records.last());
  for (let attempt = 0; attempt < APPEND_ATTEMPTS; attempt++) {
    const sequence = last === undefined ? FIRST_SEQUENCE : last.sequence + 1;
    const record = { sequence, id, previous: last?.id ?? "", items, writtenAt: nowSeconds() };
    if (await records.add(record, last)) return record;
    await pause(randomInt(APPEND_WAIT_MS));
    last = await records.last();
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
  /** That record's ID; "" for an empty feed. */
  id: string;
  /** No record after the cursor was written before this, in seconds since 1970; undefined: unknown. */
  seenAt: number | undefined;
}

/** The cursor at a record; the writer's clock may have been ahead. */
const cursorAt = ({ sequence, id, writtenAt }: FeedRecord): Cursor => ({
  sequence,
  id,
  seenAt: Math.min(writtenAt, nowSeconds()),
});

const textOf = ({ sequence, id, seenAt }: Cursor): string =>
  sequence === 0 ? `0.${seenAt}` : `${sequence}.${id}.${seenAt}`;

function parseCursor(text: string): Cursor | undefined {
  const { sequence = "0", id = "", seenAt, emptyAt } = CURSOR.exec(text)?.groups ?? {};
  if (id === "" && emptyAt === undefined) return undefined;
  const seconds = seenAt ?? emptyAt;
  return { sequence: Number(sequence), id, seenAt: seconds === undefined ? undefined : Number(seconds) };
}

/** The cursor at the end of the feed: the same text for every reader, until it is renewed. */
function renewed({ retentionSeconds }: Lane<unknown>, cursor: Cursor): string {
  const now = nowSeconds();
  const isRecent = now - (cursor.seenAt ?? 0) < retentionSeconds * RENEW_SHARE;
  return textOf(isRecent ? cursor : { ...cursor, seenAt: now });
}

/** How far a cursor has come in the feed: of two cursors the greater has read all that the other has; undefined if it is none. */
export const positionOf = (cursor: string): number | undefined => parseCursor(cursor)?.sequence;

/** Whether records after the cursor may have expired; a cursor from the future tells nothing. */
function isTooOld({ retentionSeconds }: Lane<unknown>, { seenAt = 0 }: Cursor): boolean {
  const age = nowSeconds() - seenAt;
  return age > retentionSeconds || age < -CLOCK_SLACK_SECONDS;
}

/** Whether a record comes right after another, or after a cursor. */
const follows = ({ sequence, previous }: FeedRecord, last: Pick<Cursor, "sequence" | "id">): boolean =>
  previous === undefined ? sequence === last.sequence + 1 : previous === last.id;
