import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { Change, type Changes } from "../contract/changes.ts";
import { CHANGES_PER_ITEM, type ChangeFeed, FEED_RETENTION_SECONDS, StoreError } from "./store.ts";

/** One item of the feed. Sequence numbers have no gaps; once all items have expired they start again at 1. */
export interface FeedItem {
  sequence: number;
  /** Unique to the item, so that a reused sequence number is not mistaken for the old one. */
  id: string;
  changes: Change[];
  /** Seconds since 1970. */
  writtenAt: number;
}

/** What an adapter provides: the items, read consistently. */
export interface FeedItems {
  last(): Promise<FeedItem | undefined>;
  /** Items from this number on, in order; at most `limit` items. */
  from(sequence: number, limit: number): Promise<FeedItem[]>;
  /** False if the number is taken. */
  add(item: FeedItem): Promise<boolean>;
}

/** Items are kept this much longer than cursors are valid, to allow for clock differences, in seconds. */
export const CLOCK_SLACK_SECONDS = 3600;
/** If the last item is older than this, a cursor at the end also says when it was read, in seconds. */
const QUIET_SECONDS = 3600;
/** `0.<seconds>` for an empty feed, else `<number>.<id>`, with `.<seconds>` if the feed was quiet. */
const CURSOR =
  /^(?:0\.(?<emptyAt>\d{1,14})|(?<sequence>[1-9]\d{0,14})\.(?<id>[\w-]{1,36})(?:\.(?<seenAt>\d{1,10}))?)$/;
/** Items per read. */
const PAGE_ITEMS = 100;
/** How often an append retries because another process took its number, and the longest wait in between, in ms. */
const APPEND_ATTEMPTS = 50;
const APPEND_WAIT_MS = 50;
/** DynamoDB's limit for an item is 400 KB; feed items stay well below, so that each read is small. */
const ITEM_MAX_BYTES = 100_000;
const CHANGE_MAX_BYTES = 350_000;

/** The change feed over an adapter's items. */
export function changeFeed(items: FeedItems): ChangeFeed {
  const end = async (gap: boolean): Promise<Changes> => ({
    cursor: cursorAtEnd(await items.last(), nowSeconds()),
    gap,
    changes: [],
  });

  return {
    async append(changes) {
      let previous: number | undefined;
      for (const part of split(changes)) previous = await add(items, part, previous);
    },

    async changes(after, limit) {
      if (after === undefined) return end(false);
      const cursor = parseCursor(after);
      if (cursor === undefined) return end(true);
      const found = await items.from(Math.max(1, cursor.sequence), Math.min(limit, PAGE_ITEMS) + 1);
      const now = nowSeconds();
      const behind = itemsBehind(cursor, found, now);
      if (behind === undefined) return end(true);
      const taken: Change[] = [];
      let last: FeedItem | undefined;
      for (const item of behind) {
        if (taken.length >= limit) break;
        taken.push(...item.changes);
        last = item;
      }
      if (last !== undefined) return { cursor: cursorAt(last), gap: false, changes: taken };
      return {
        cursor: cursorAtEnd(cursor.sequence === 0 ? undefined : found[0], now),
        gap: false,
        changes: [],
      };
    },
  };
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Adds one item at the end and returns its number. `previous` is the last number, if known. */
async function add(items: FeedItems, changes: Change[], previous: number | undefined): Promise<number> {
  const id = randomUUID();
  let end = previous ?? (await items.last())?.sequence ?? 0;
  for (let attempt = 0; attempt < APPEND_ATTEMPTS; attempt++) {
    const sequence = end + 1;
    if (await items.add({ sequence, id, changes, writtenAt: nowSeconds() })) return sequence;
    await pause(randomInt(APPEND_WAIT_MS));
    end = (await items.last())?.sequence ?? 0;
  }
  throw new StoreError("throttled", "other processes append to the change feed all the time");
}

/** Parts that fit into one item each. A change too large for any item is replaced by "anything may have changed". */
function split(changes: readonly Change[]): Change[][] {
  const parts: Change[][] = [];
  let bytes = 0;
  for (const change of changes) {
    const size = Buffer.byteLength(JSON.stringify(change));
    const part = parts.at(-1);
    const item: Change = size > CHANGE_MAX_BYTES ? { kind: "all" } : change;
    bytes += size;
    if (part !== undefined && part.length < CHANGES_PER_ITEM && bytes <= ITEM_MAX_BYTES) part.push(item);
    else {
      parts.push([item]);
      bytes = size;
    }
  }
  return parts;
}

interface Cursor {
  /** Number of the item that was read last; 0: the feed was empty. */
  sequence: number;
  /** That item's ID; absent for an empty feed. */
  id: string | undefined;
  /** When the feed was seen to end here, in seconds since 1970; absent: use the time the item was written. */
  seenAt: number | undefined;
}

const cursorAt = ({ sequence, id }: FeedItem): string => `${sequence}.${id}`;

/** The cursor at the end of the feed; for a feed that has been quiet it also says when that was. */
function cursorAtEnd(last: FeedItem | undefined, now: number): string {
  if (last === undefined) return `0.${now}`;
  return now - last.writtenAt < QUIET_SECONDS ? cursorAt(last) : `${cursorAt(last)}.${now}`;
}

function parseCursor(cursor: string): Cursor | undefined {
  const { sequence, id, seenAt, emptyAt } = CURSOR.exec(cursor)?.groups ?? {};
  if (sequence !== undefined) return { sequence: Number(sequence), id, seenAt: seconds(seenAt) };
  return emptyAt === undefined ? undefined : { sequence: 0, id: undefined, seenAt: seconds(emptyAt) };
}

const seconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

/**
 * The items after the cursor; undefined if some may be missing: items after a cursor younger than the retention are
 * certainly there, those after an older one may have expired.
 */
function itemsBehind(
  { sequence, id, seenAt }: Cursor,
  found: FeedItem[],
  now: number,
): FeedItem[] | undefined {
  const own = sequence === 0 ? undefined : found[0];
  if (own?.id !== id || (own !== undefined && own.sequence !== sequence)) return undefined;
  const readAt = seenAt ?? own?.writtenAt ?? 0;
  const cannotBe = seenAt !== undefined && seenAt > now + CLOCK_SLACK_SECONDS;
  if (cannotBe || now - readAt > FEED_RETENTION_SECONDS) return undefined;
  const behind = own === undefined ? found : found.slice(1);
  const following = behind.filter((item, index) => item.sequence === sequence + 1 + index);
  return following.length === 0 && behind.length > 0 ? undefined : following;
}

const ChangeList = z.array(Change);

export const encodeChanges = (changes: readonly Change[]): string => JSON.stringify(changes);

/** The changes of a stored item; one that cannot be parsed, perhaps from a newer version, may mean anything. */
export function decodeChanges(json: string): Change[] {
  try {
    return ChangeList.parse(JSON.parse(json));
  } catch {
    return [{ kind: "all" }];
  }
}
