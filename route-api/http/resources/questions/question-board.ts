import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Edge } from "../../../contract/edges.ts";
import {
  ANSWERED_LATER,
  Answer,
  type AnswerTo,
  PENALTY_ANNOUNCED,
  type Question,
} from "../../../contract/questions.ts";
import type { EdgesAsked } from "../../../contract/sessions.ts";
import type { RouteStore } from "../../../store/store.ts";
import { ProblemError } from "../../problem.ts";
import { createFeedTail, type FeedTail } from "../changes/feed-tail.ts";
import { knownEdges } from "../edges/known-edges.ts";
import { OpenQuestions } from "./open-questions.ts";
import { createRecentAnnouncements } from "./recent-announcements.ts";

/** Most questions whose answers a process waits for at a time. */
const ASKED_MAX = 10;
/** Acknowledgements are written together: this long after the first, in milliseconds. */
const WRITE_MS = 100;
/** How often the acknowledgements of other processes are read, in milliseconds. */
const LOOK_MS = 200;
/** How often an answer to a question that was not read yet looks for it, in milliseconds. */
const SEEN_MS = 20;
/** The end of the feed is known if it was read this short a time ago, in milliseconds. */
const END_KNOWN_MS = 1000;
/** A read that was asked for this short a time ago is not asked again, in milliseconds. */
const SHARED_MS = 1000;
/** How long answers and acknowledgements are kept, in seconds. */
const ANSWERS_SECONDS = 600;

/** Before an edge's answer, and before what a process has heard: in this order, so that both are read in one. */
const ANSWER_PREFIX = "edge#";
const ACKNOWLEDGED_PREFIX = "api#";
const answersList = (id: string): string => `ANSWER#${id}`;

/** What a question found out. */
export interface Findings {
  /** By edge; an edge that had nothing to say is left out. */
  answers: Map<string, Answer>;
  edges: EdgesAsked;
}

export interface AskOptions extends Pick<Question, "ask" | "selection"> {
  /** Of an action: the same one has no second effect. Absent for reads, of which equal ones share a question. */
  id?: string;
  /** Only these edges may have something to say; by default all. */
  concerns?(edge: Edge): boolean;
}

/** Asks all edges a question through the feed, and collects what they say. */
export interface QuestionBoard {
  /** The feed of questions, for polls. */
  readonly tail: FeedTail<Question>;
  /** An edge polls from a cursor on: it has read what came before, and its answers were accepted. */
  polled(edge: string, cursor: string): void;
  /** Penalties that edges have announced lately, for an edge that begins. */
  announced(): Question[];
  /** Accepts an answer; false if the question's time is over, or nobody asked it. Rejects with a StoreError. */
  answer(id: string, edge: string, answer: Answer): Promise<boolean>;
  /** Asks, and waits until every edge has read the question or its time is over. Rejects with a StoreError or a ProblemError. */
  ask(options: AskOptions): Promise<Findings>;
  /** Ends all waits. */
  close(): void;
}

/** The answers to a kind of question. */
export const answersTo = <A extends Answer["ask"]>(
  answers: ReadonlyMap<string, Answer>,
  ask: A,
): AnswerTo<A>[] => [...answers.values()].filter((answer): answer is AnswerTo<A> => answer.ask === ask);

/** The same, by edge. */
export const answersByEdge = <A extends Answer["ask"]>(
  answers: ReadonlyMap<string, Answer>,
  ask: A,
): Map<string, AnswerTo<A>> =>
  new Map([...answers].filter((each): each is [string, AnswerTo<A>] => each[1].ask === ask));

export interface QuestionBoardOptions {
  store: Pick<RouteStore, "questions" | "lists" | "pollMs" | "onWrite">;
  /** How long answers are waited for, in milliseconds. */
  ttlMs: number;
  log: Logger;
  maxWaitMs?: number;
}

export function createQuestionBoard({ store, ttlMs, log, maxWaitMs }: QuestionBoardOptions): QuestionBoard {
  const { lists } = store;
  /** Among the processes that write acknowledgements. */
  const ownKey = `${ACKNOWLEDGED_PREFIX}${randomUUID()}`;
  const waiters = new Map<string, Set<() => void>>();
  const unwritten = new Map<string, ReturnType<typeof setTimeout>>();
  let asked = 0;
  const shared = new Map<string, Promise<Findings>>();
  const nowMs = (): number => performance.now();

  const writeAcknowledged = async (id: string): Promise<void> => {
    unwritten.delete(id);
    const edges = [...(open.get(id)?.acknowledged ?? [])];
    try {
      if (edges.length > 0) await lists.put(answersList(id), ownKey, { edges }, ANSWERS_SECONDS);
    } catch (error) {
      log.warn({ question: id, error: (error as Error).message }, "acknowledgements not written");
    }
  };
  const open = new OpenQuestions(nowMs, (id) => {
    for (const wake of waiters.get(id) ?? []) wake();
    if (!unwritten.has(id))
      unwritten.set(
        id,
        setTimeout(() => void writeAcknowledged(id), WRITE_MS),
      );
  });
  const announcements = createRecentAnnouncements(nowMs);
  const tail = createFeedTail<Question>({
    feed: store.questions,
    pollMs: store.pollMs.questions,
    onWrite: store.onWrite,
    onRead(questions, cursor) {
      announcements.read(questions);
      open.read(
        questions?.filter(({ ask }) => ask !== PENALTY_ANNOUNCED),
        cursor,
      );
    },
    ...(maxWaitMs === undefined ? {} : { maxWaitMs }),
  });

  /** Resolves when further edges may have acknowledged the question. */
  const mayHaveChanged = async (id: string, ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const own = waiters.get(id) ?? new Set();
    waiters.set(id, own.add(resolve));
    await promise;
    clearTimeout(timer);
    own.delete(resolve);
    if (own.size === 0) waiters.delete(id);
  };

  const untilRead = async (isRead: () => boolean): Promise<void> => {
    tail.wakeUp();
    const untilMs = nowMs() + ttlMs;
    while (!isRead() && nowMs() < untilMs && !tail.closed) await pause(SEEN_MS);
  };

  const acknowledgedElsewhere = async (id: string): Promise<string[]> =>
    (await lists.read(answersList(id), ACKNOWLEDGED_PREFIX)).flatMap(({ key, value }) =>
      key === ownKey ? [] : (value as { edges: string[] }).edges,
    );

  const answeredBy = async (id: string): Promise<string[]> =>
    (await lists.read(answersList(id), ANSWER_PREFIX)).map(({ key }) => key.slice(ANSWER_PREFIX.length));

  /** How it is heard which edges have done with a question: at this process, and from the store. */
  const hearing = {
    acknowledged: {
      here: (id: string): Iterable<string> => open.get(id)?.acknowledged ?? [],
      elsewhere: acknowledgedElsewhere,
    },
    answered: { here: (): Iterable<string> => [], elsewhere: answeredBy },
  };

  /** Names of the edges that have done with it, once that is all that are not silent, or the time is over. */
  const collect = async (
    id: string,
    edges: readonly Edge[],
    { here, elsewhere: heardElsewhere }: (typeof hearing)[keyof typeof hearing],
  ): Promise<Set<string>> => {
    const untilMs = nowMs() + ttlMs;
    const awaited = edges.filter(({ state }) => state !== "silent").map(({ edge }) => edge);
    const isAll = (by: ReadonlySet<string>): boolean => awaited.every((edge) => by.has(edge));
    let elsewhere: string[] = [];
    let lookedMs = nowMs();
    for (;;) {
      const done = new Set([...here(id), ...elsewhere]);
      const leftMs = untilMs - nowMs();
      if (isAll(done) || leftMs <= 0 || tail.closed) return done;
      await mayHaveChanged(id, Math.min(leftMs, Math.max(0, lookedMs + LOOK_MS - nowMs())));
      if (nowMs() - lookedMs < LOOK_MS) continue;
      lookedMs = nowMs();
      elsewhere = await heardElsewhere(id);
    }
  };

  const put = async (
    { ask, selection, concerns = () => true }: AskOptions,
    id: string,
  ): Promise<Findings> => {
    // A feed that was not read lately would be read from its end on.
    await untilRead(() => tail.endAgeMs() < END_KNOWN_MS);
    await store.questions.append([{ id, ask, selection, ttlMs }]);
    const edges = (await knownEdges(lists)).filter(concerns);
    const done = await collect(id, edges, hearing[ANSWERED_LATER.has(ask) ? "answered" : "acknowledged"]);
    const answers = new Map<string, Answer>();
    for (const { key, value } of await lists.read(answersList(id), ANSWER_PREFIX)) {
      const read = Answer.safeParse(value);
      if (read.success && read.data.ask === ask) answers.set(key.slice(ANSWER_PREFIX.length), read.data);
    }
    const silent = edges.map(({ edge }) => edge).filter((edge) => !done.has(edge));
    return { answers, edges: { asked: edges.length, answered: edges.length - silent.length, silent } };
  };

  const counted = async (options: AskOptions, id: string): Promise<Findings> => {
    if (asked >= ASKED_MAX) throw new ProblemError("overloaded", "too many questions to edges at a time");
    asked++;
    try {
      return await put(options, id);
    } finally {
      asked--;
    }
  };

  return {
    tail,
    polled: (edge, cursor) => open.polled(edge, cursor),
    announced: () => announcements.all(),

    async answer(id, edge, answer) {
      const askedMs = nowMs();
      // Edges may have read the question from a process that is ahead of this one.
      const isCaughtUp = (): boolean => tail.endAgeMs() < nowMs() - askedMs;
      if (open.get(id) === undefined) await untilRead(() => open.get(id) !== undefined || isCaughtUp());
      if (open.get(id) === undefined) return false;
      await lists.put(answersList(id), ANSWER_PREFIX + edge, answer, ANSWERS_SECONDS);
      return true;
    },

    async ask(options) {
      if (options.id !== undefined) return counted(options, options.id);
      const key = JSON.stringify([options.ask, options.selection]);
      const known = shared.get(key);
      if (known !== undefined) return known;
      const findings = counted(options, randomUUID());
      shared.set(key, findings);
      setTimeout(() => shared.delete(key), SHARED_MS).unref();
      return findings;
    },

    close() {
      tail.close();
      for (const timer of unwritten.values()) clearTimeout(timer);
      for (const own of waiters.values()) for (const wake of own) wake();
    },
  };
}
