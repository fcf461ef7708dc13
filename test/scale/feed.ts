import { CHANGES_MAX_WAIT_SECONDS } from "../../route-api/contract/changes.ts";
import { createFeedTail, type FeedTail } from "../../route-api/http/resources/changes/feed-tail.ts";
import { CHANGE_POLL_MS, QUESTION_POLL_MS } from "../../route-api/store/dynamodb/open.ts";
import type { Feed, FeedPage } from "../../route-api/store/store.ts";
import { CORE, UNITS } from "../capacity/unit-costs.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface Scale {
  edges: number;
  routeApis: number;
  changesPerSecond: number;
  seconds: number;
}

/** What became of a simulation: delays from a change's write to an edge, and what DynamoDB was asked for. */
export interface Outcome {
  changes: number;
  heard: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  unitsPerSecond: number;
  answersPerSecond: number;
}

/** A consistent query, and the way between an edge and a route API, one way; from and to, in milliseconds. */
const READ_MS = [3, 9] as const;
const NETWORK_MS = [0.3, 1.5] as const;
/** Time for edges to come, and for the last changes to arrive. */
const WARM_UP_MS = 3000;
const REST_MS = 2000;

/**
 * Runs the route API's own tail of the change feed, for many processes and edges, over a feed in memory that takes the
 * time and the units of DynamoDB's. Random, but the same each time.
 */
export function simulateFeed(scale: Scale): Promise<Outcome> {
  const time = new VirtualTime();
  return time.during(() => simulate(time, scale));
}

async function simulate(time: VirtualTime, scale: Scale): Promise<Outcome> {
  const random = createRandom(20_261_127);
  const between = ([from, to]: readonly [number, number]) => from + (to - from) * random();
  const records: { writtenMs: number }[] = [];
  let units = 0;
  const feed = (all: readonly unknown[]): Pick<Feed<number>, "after" | "next"> => {
    const read = async (cursor: string | undefined, limit: number): Promise<FeedPage<number>> => {
      await time.pause(between(READ_MS) / 2);
      const from = cursor === undefined ? all.length : Number(cursor);
      const items = all.slice(from, from + limit).map((_, index) => from + index);
      // A record of one change takes a unit; a look that finds nothing takes one as well.
      units += Math.max(UNITS.look.read, items.length);
      await time.pause(between(READ_MS) / 2);
      return { cursor: String(from + items.length), gap: false, items };
    };
    return { after: read, next: read };
  };
  const tail = (all: readonly unknown[], pollMs: number): FeedTail<number> =>
    createFeedTail({ feed: feed(all), pollMs, nowMs: () => time.nowMs });
  const apis = Array.from({ length: scale.routeApis }, () => ({
    changes: tail(records, CHANGE_POLL_MS),
    questions: tail([], QUESTION_POLL_MS),
    busyUntilMs: 0,
  }));
  type Api = (typeof apis)[number];
  /** Each answer takes a core its time; those of one moment wait for each other. */
  const answered = (api: Api): Promise<void> => {
    api.busyUntilMs = Math.max(time.nowMs, api.busyUntilMs) + 1000 / CORE.feedAnswers;
    return time.pause(api.busyUntilMs - time.nowMs);
  };

  const delays: number[] = [];
  let answers = 0;
  const stop = new AbortController();
  const edge = async (api: Api): Promise<void> => {
    await time.pause(random() * (WARM_UP_MS / 2));
    let { cursor } = await api.changes.end();
    while (!stop.signal.aborted) {
      await time.pause(between(NETWORK_MS));
      api.questions.wakeUp();
      const page = await api.changes.after(cursor, CHANGES_MAX_WAIT_SECONDS * 1000, stop.signal);
      await answered(api);
      await time.pause(between(NETWORK_MS));
      answers++;
      ({ cursor } = page);
      for (const item of page.items) delays.push(time.nowMs - (records[item]?.writtenMs ?? 0));
    }
  };
  const edges = Array.from({ length: scale.edges }, (_, index) => {
    const api = apis[index % apis.length];
    return api === undefined ? undefined : edge(api);
  });

  await time.runUntil(WARM_UP_MS);
  units = 0;
  answers = 0;
  const endMs = WARM_UP_MS + scale.seconds * 1000;
  for (let atMs = WARM_UP_MS; ; ) {
    atMs += (-Math.log(1 - random()) * 1000) / scale.changesPerSecond;
    if (atMs >= endMs) break;
    await time.runUntil(atMs);
    records.push({ writtenMs: atMs });
  }
  await time.runUntil(endMs);
  const [unitsPerSecond, answersPerSecond] = [units / scale.seconds, answers / scale.seconds];
  await time.runUntil(endMs + REST_MS);
  stop.abort();
  for (const { changes, questions } of apis) {
    changes.close();
    questions.close();
  }
  await time.runUntil(endMs + 2 * REST_MS);
  await Promise.all(edges);
  delays.sort((a, b) => a - b);
  const quantile = (share: number): number => delays[Math.ceil(share * delays.length) - 1] ?? Number.NaN;
  return {
    changes: records.length,
    heard: delays.length,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: quantile(1),
    unitsPerSecond,
    answersPerSecond,
  };
}

/** Numbers from 0 to 1 that are the same for one seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
