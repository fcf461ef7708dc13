import type { Model, Step } from "./explore.ts";

/**
 * What the workers of a host count together, for one user or client: each tells the others how many sessions it has, by
 * way of the supervisor, which gives every worker a number of its own. Workers die and start anew, and a reload gives an
 * instance to one worker before the other.
 */
export type LimitFault =
  | "keeps what a dead worker had"
  | "hears a dead worker"
  | "tells newcomers nothing"
  | "tells newcomers only what it has"
  | "does not ask when it begins to count";

export interface LimitScenario {
  workers: number;
  limit: number;
  /** Sessions that begin, and workers that die and start anew. */
  sessions: number;
  deaths: number;
  /** The instance is new: each worker begins to count when it hears of the reload. */
  reloads: boolean;
}

/** What a worker says: how many it has, or that it wants to be told. */
type Said = number | "ask";
type Order = { is: "meet" | "part"; worker: number } | { is: "hear"; from: number; said: Said };

interface Worker {
  /** Of the switchboard; 0 where the process is not there. */
  number: number;
  isAlive: boolean;
  counts: boolean;
  sessions: number;
  /** There is something to say. */
  hasNews: boolean;
  /** The other workers, as it knows, with what they have said. */
  others: Record<number, number>;
  /** To the switchboard, and from there. */
  sent: Said[];
  orders: Order[];
}

export interface LimitState {
  workers: Worker[];
  numbers: number;
  left: Pick<LimitScenario, "sessions" | "deaths">;
}

const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0);

export function limitModel(scenario: LimitScenario, fault?: LimitFault): Model<LimitState> {
  const { limit, sessions, deaths, reloads } = scenario;
  const has = (wanted: LimitFault): boolean => fault === wanted;
  const counted = (worker: Worker): number => worker.sessions + sum(Object.values(worker.others));
  const tellAll = (worker: Worker): void => {
    if (worker.sessions === 0 && has("tells newcomers only what it has")) return;
    worker.hasNews = Object.keys(worker.others).length > 0;
  };

  const obey = (worker: Worker, order: Order): void => {
    switch (order.is) {
      case "meet":
        worker.others[order.worker] = 0;
        if (!has("tells newcomers nothing")) tellAll(worker);
        break;
      case "part":
        if (!has("keeps what a dead worker had")) delete worker.others[order.worker];
        break;
      case "hear": {
        const { from, said } = order;
        if (!worker.counts || (!(from in worker.others) && !has("hears a dead worker"))) break;
        if (said === "ask") tellAll(worker);
        else worker.others[from] = said;
        break;
      }
      default:
        order satisfies never;
    }
  };

  const workerSteps = (state: LimitState, at: number): Step<LimitState>[] => {
    const now = state.workers[at] as Worker;
    const steps: Step<LimitState>[] = [];
    const step = (name: string, change: (worker: Worker, draft: LimitState) => void): void =>
      void steps.push([`worker ${at} ${name}`, (draft) => change(draft.workers[at] as Worker, draft)]);
    const change = (by: 1 | -1) => (worker: Worker, draft: LimitState) => {
      worker.sessions += by;
      if (by === 1) draft.left.sessions--;
      worker.hasNews = Object.keys(worker.others).length > 0;
    };
    // The supervisor reads what a process has sent until it notices that it has ended.
    const [said] = now.sent;
    if (said !== undefined)
      step("is passed on", (worker, draft) => {
        worker.sent.shift();
        for (const [other, { orders, isAlive, number }] of draft.workers.entries())
          if (other !== at && isAlive && number > 0) orders.push({ is: "hear", from: now.number, said });
      });
    if (!now.isAlive) {
      if (now.number > 0)
        step("is noticed to be dead", (worker, { workers }) => {
          for (const [other, { orders, isAlive }] of workers.entries())
            if (other !== at && isAlive) orders.push({ is: "part", worker: now.number });
          worker.number = 0;
          // What it said last may still be on its way, were the switchboard to pass it on.
          if (!has("hears a dead worker")) worker.sent = [];
          else
            for (const late of worker.sent.splice(0))
              for (const [other, { orders, isAlive }] of workers.entries())
                if (other !== at && isAlive) orders.push({ is: "hear", from: now.number, said: late });
        });
      else
        step("starts anew", (worker, draft) => {
          const number = ++draft.numbers;
          Object.assign(worker, { ...starting(number), counts: true });
          for (const [other, { orders, isAlive, number: known }] of draft.workers.entries()) {
            if (other === at || known === 0) continue;
            if (isAlive) orders.push({ is: "meet", worker: number });
            worker.orders.push({ is: "meet", worker: known });
          }
        });
      return steps;
    }
    if (!now.counts)
      step("begins to count", (worker) => {
        worker.counts = true;
        if (!has("does not ask when it begins to count")) worker.sent.push("ask");
      });
    const [order] = now.orders;
    if (order !== undefined)
      step(`hears: ${order.is}`, (worker) => {
        worker.orders.shift();
        obey(worker, order);
      });
    if (now.counts && state.left.sessions > 0 && counted(now) < limit) step("begins a session", change(1));
    if (now.sessions > 0) step("ends a session", change(-1));
    if (now.hasNews)
      step("tells", (worker) => {
        worker.sent.push(now.sessions);
        worker.hasNews = false;
      });
    if (state.left.deaths > 0)
      step("dies", (worker, draft) => {
        draft.left.deaths--;
        // What it has sent is in the pipe; its sessions end with it.
        Object.assign(worker, { ...starting(now.number), isAlive: false, sent: now.sent });
      });
    return steps;
  };

  const starting = (number: number): Worker => ({
    number,
    isAlive: true,
    counts: !reloads,
    sessions: 0,
    hasNews: false,
    others: {},
    sent: [],
    orders: [],
  });
  const numbers = Array.from({ length: scenario.workers }, (_, at) => at + 1);
  const isTold = ({ sent, orders, hasNews, counts, number, isAlive }: Worker): boolean =>
    (counts || !isAlive) && sent.length === 0 && orders.length === 0 && !hasNews && isAlive === number > 0;
  return {
    initial: {
      workers: numbers.map((number) => ({
        ...starting(number),
        others: Object.fromEntries(numbers.filter((other) => other !== number).map((other) => [other, 0])),
      })),
      numbers: numbers.length,
      left: { sessions, deaths },
    },
    steps: (state) => state.workers.flatMap((_, at) => workerSteps(state, at)),
    broken(before, { workers }, step) {
      const live = (all: readonly Worker[]): number => sum(all.map((worker) => worker.sessions));
      if (live(workers) > limit * workers.length) return "each worker admits the limit once at most";
      if (before.workers.every(isTold) && step.endsWith("begins a session") && live(workers) > limit)
        return "once all messages have arrived, nobody is admitted beyond the limit";
      if (workers.every(isTold))
        for (const worker of workers)
          if (worker.isAlive && counted(worker) !== live(workers))
            return "once all messages have arrived, every worker counts exactly the live sessions";
      return undefined;
    },
  };
}
