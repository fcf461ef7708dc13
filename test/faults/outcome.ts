import type { Answer, LoadEvent, StoreName } from "./load/events.ts";
import type { Toll } from "./scenarios.ts";

/** What a fault cost. */
export interface Outcome {
  sessions: number;
  /** Sessions that ended: with a BYE, and without. */
  bye: number;
  cut: number;
  /** Of those, the ones whose end the fault does not explain. */
  unexplainedEnds: string[];
  logins: number;
  failed: Partial<Record<Answer, number>>;
  unexplainedFailures: string[];
  /** Messages that went to a store and back, and those that came back otherwise. */
  transfers: number;
  changed: number;
  /**
   * What logins took at the store without the fault, before it and while there was one: medians in milliseconds.
   * Undefined where no store has the fault, or too few logged in.
   */
  others: { beforeMs: number; meanwhileMs: number } | undefined;
  /** From the first session that ended to the last, in milliseconds. */
  endsMs: number;
  /** From the end of the fault until the last login that failed or session that came back, in milliseconds. */
  normalMs: number;
  /** The last failures after its end, with what they were told. */
  late: string[];
}

/** What a fault may cost, and when it was over. */
export interface Fault {
  sessions: Toll;
  logins: Toll;
  /** Sessions that there were when it began. */
  there: number;
  beganMs: number;
  overMs: number;
  /** Addresses and ports of the clients that the killed process served. */
  victims: ReadonlySet<string>;
}

type Login = LoadEvent & { kind: "login" };
type Ended = LoadEvent & { kind: "ended" };

/** More than this ratio, and than this difference, others are held up: by a store's time limits, which are seconds. */
const MOST_RATIO = 3;
const MOST_MS = 1000;
/** Fewer logins say nothing of the time that they take. */
const FEWEST = 5;
/** Failures after a fault's end that are kept. */
const LATE = 5;

/** Sums up what happened, and finds what the fault does not explain; `before` is what happened when there was none. */
export function outcomeOf(
  events: readonly LoadEvent[],
  fault: Fault,
  before: readonly LoadEvent[] = [],
): Outcome {
  const logins = events.filter((event): event is Login => event.kind === "login");
  const ended = events.filter((event): event is Ended => event.kind === "ended");
  const transfers = events.filter((event) => event.kind === "transfer");
  const failures = logins.filter(({ answer }) => answer !== "ok");
  const failed: Outcome["failed"] = {};
  for (const { answer } of failures) failed[answer] = (failed[answer] ?? 0) + 1;
  const returns = events.filter(({ kind }) => kind === "there");
  const last = Math.max(
    ...failures.map(({ at, ms }) => at + ms),
    ...returns.map(({ at }) => at),
    fault.overMs,
  );
  return {
    sessions: fault.there,
    bye: ended.filter(({ end }) => end === "bye").length,
    cut: ended.filter(({ end }) => end !== "bye").length,
    unexplainedEnds: ended
      .filter((one) => !explainsEnd(fault, one))
      .map(({ id, store, end, detail }) => `session ${id} on ${store}: ${end}, ${detail}`),
    logins: logins.length,
    failed,
    unexplainedFailures: failures
      .filter((one) => one.answer === "wrong-password" || !explainsFailure(fault.logins, one))
      .map(({ store, isNew, detail }) => `${isNew ? "new " : ""}user on ${store}: ${detail}`),
    transfers: transfers.length,
    changed: transfers.filter(({ isIntact }) => !isIntact).length,
    others: fault.logins === "store1" ? othersOf(before, logins, fault) : undefined,
    endsMs: ended.length === 0 ? 0 : Math.round((ended.at(-1)?.at ?? 0) - (ended[0]?.at ?? 0)),
    normalMs: Math.max(0, Math.round(last - fault.overMs)),
    late: failures
      .map(({ at, ms, store, isNew, detail }) => ({ at: at - fault.overMs, ms, store, isNew, detail }))
      .filter(({ at, ms }) => at + ms > 0)
      .sort((a, b) => a.at + a.ms - (b.at + b.ms))
      .slice(-LATE)
      .map(
        ({ at, ms, store, isNew, detail }) =>
          `begun at ${Math.round(at)} ms, told after ${Math.round(ms)} ms: ${isNew ? "new " : ""}user on ${store}: ${detail}`,
      ),
  };
}

function othersOf(
  before: readonly LoadEvent[],
  logins: readonly Login[],
  { beganMs, overMs }: Fault,
): Outcome["others"] {
  const times = (some: readonly Login[]): number[] =>
    some
      .filter(({ store, isNew, answer }) => store === "store2" && !isNew && answer === "ok")
      .map(({ ms }) => ms);
  const usual = times(before.filter((event): event is Login => event.kind === "login"));
  const now = times(logins.filter(({ at }) => at >= beganMs && at < overMs));
  if (usual.length < FEWEST || now.length < FEWEST) return undefined;
  return { beforeMs: Math.round(median(usual)), meanwhileMs: Math.round(median(now)) };
}

const median = (some: readonly number[]): number =>
  some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0;

function explainsEnd({ sessions, victims }: Fault, { store, client }: Ended): boolean {
  switch (sessions) {
    case "nobody":
    case "strangers":
      return false;
    case "store1":
      return store === "store1";
    case "worker":
      return victims.has(client);
    case "everybody":
      return true;
  }
}

function explainsFailure(toll: Toll, { store, isNew }: { store: StoreName; isNew: boolean }): boolean {
  switch (toll) {
    case "nobody":
      return false;
    case "store1":
      return store === "store1";
    case "strangers":
      return isNew;
    case "worker":
    case "everybody":
      return true;
  }
}

/** What must not be, in words; none: all is as promised. */
export const broken = ({ unexplainedEnds, unexplainedFailures, changed, others }: Outcome): string[] => [
  ...unexplainedEnds,
  ...unexplainedFailures,
  ...(changed === 0 ? [] : [`${changed} messages came back otherwise`]),
  ...(others === undefined || !areHeldUp(others)
    ? []
    : [`logins at the other store took ${others.meanwhileMs} ms, before it ${others.beforeMs} ms`]),
];

const areHeldUp = ({ beforeMs, meanwhileMs }: { beforeMs: number; meanwhileMs: number }): boolean =>
  meanwhileMs > MOST_RATIO * beforeMs && meanwhileMs - beforeMs > MOST_MS;
