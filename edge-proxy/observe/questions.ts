import type { Logger } from "pino";
import {
  type Answer,
  type AnswerTo,
  answerPath,
  PENALTY_ANNOUNCED,
  QUESTION_REMEMBERED_SECONDS,
  type Question,
} from "../../route-api/contract/questions.ts";
import type { Report } from "../api-client/reports.ts";
import type { Kicks } from "../guard/kicks.ts";
import type { Timed, Timers } from "../timer-wheel.ts";
import { forgetHistory } from "./answers/forget-history.ts";
import { kickSessions } from "./answers/kick-sessions.ts";
import { listSessions } from "./answers/list-sessions.ts";
import { tellHistory } from "./answers/tell-history.ts";
import type { KeptLogins } from "./kept-logins.ts";
import type { SessionHistory } from "./session-history.ts";
import type { SessionRegistry } from "./session-registry.ts";
import type { Selection } from "./session-selection.ts";
import type { Traces } from "./traces/traces.ts";

export interface AnswererOptions {
  /** Name of this edge. */
  edge: string;
  timers: Timers;
  sessions: Pick<SessionRegistry, "all">;
  history: Pick<SessionHistory, "newestFirst" | "forget">;
  kept: Pick<KeptLogins, "forget">;
  kicks: Kicks;
  traces: Pick<Traces, "asked">;
  /** Takes the decision about a login name; undefined if it is not this edge's to take. */
  explain(selection: Selection): Promise<AnswerTo<"explain"> | undefined>;
  /** Tries to reach a store. */
  probe(question: Question): Promise<AnswerTo<"probe"> | undefined>;
  /** Tells of penalties, or lifts them. */
  penalties(
    ask: "penalties" | "lift",
    selection: Selection,
    id: string,
  ): AnswerTo<"penalties" | "lift"> | undefined;
  /** Another edge has announced one: nobody waits for an answer. */
  penaltyAnnounced(question: Question): void;
  send(report: Report): void;
  log: Logger;
}

/** Questions that are remembered at most. */
const REMEMBERED_MAX = 1000;

interface Remembered {
  atMs: number;
  /** Undefined: this edge had nothing to say. */
  answer: Answer | undefined;
}

/** Answers questions of the route API from what this process knows, each with one effect, however often it is asked. */
export class QuestionAnswerer implements Timed {
  due = -1;
  readonly #options: AnswererOptions;
  /** By id, oldest first. */
  readonly #remembered = new Map<string, Remembered>();

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  /** Questions whose answers are remembered. */
  get size(): number {
    return this.#remembered.size;
  }

  /**
   * Answers the questions; `answered` is called once the API has accepted every answer. Where it cannot be told, that is
   * after the question's time, when nobody waits for the answer any more.
   */
  asked(questions: readonly Question[], answered: () => void): void {
    let open = 1;
    const settled = (): void => {
      if (--open === 0) answered();
    };
    for (const question of questions) {
      if (question.ask === PENALTY_ANNOUNCED) {
        this.#options.penaltyAnnounced(question);
        continue;
      }
      const answer = this.#answerOnce(question);
      if (answer === undefined) continue;
      open++;
      this.#send(question, answer, settled);
    }
    settled();
  }

  /** Kicks may have been missed: the sessions of these accounts end, which are on hold. */
  missed(heldAccounts: readonly string[]): void {
    const { sessions, kicks, timers, log } = this.#options;
    for (const account of heldAccounts) {
      const { kicked = 0 } = kickSessions(sessions.all(), { account }, kicks, timers) ?? {};
      if (kicked > 0) log.info({ account, kicked }, "sessions kicked: the account is on hold");
    }
  }

  #send({ id, ttlMs }: Question, answer: Answer, settled: () => void): void {
    const { edge, send } = this.#options;
    send({ path: answerPath(id, edge), body: JSON.stringify(answer), seconds: ttlMs / 1000, settled });
  }

  /** What takes a while is not waited for by the next poll, which brings changes of routes too. */
  #sendLater(question: Question, coming: Promise<Answer | undefined>): void {
    coming.then(
      (answer) => {
        if (answer !== undefined) this.#send(question, answer, () => {});
      },
      (error: Error) =>
        this.#options.log.warn({ question: question.id, error: error.message }, "question not answered"),
    );
  }

  /** Forgets what nobody repeats any more; answers may be large. */
  expire(): void {
    this.#forget(REMEMBERED_MAX);
    if (this.#remembered.size > 0) this.#options.timers.set(this, QUESTION_REMEMBERED_SECONDS);
  }

  /** Forgets old questions, and the oldest of more than `max`. */
  #forget(max: number): void {
    const { nowMs } = this.#options.timers;
    for (const [id, { atMs }] of this.#remembered) {
      const isOld = nowMs - atMs >= QUESTION_REMEMBERED_SECONDS * 1000;
      if (!isOld && this.#remembered.size <= max) break;
      this.#remembered.delete(id);
    }
  }

  #answerOnce(question: Question): Answer | undefined {
    const { timers } = this.#options;
    this.#forget(REMEMBERED_MAX - 1);
    const known = this.#remembered.get(question.id);
    if (known !== undefined) return known.answer;
    const answer = this.#answer(question);
    if (this.#remembered.size === 0) timers.set(this, QUESTION_REMEMBERED_SECONDS);
    this.#remembered.set(question.id, { atMs: timers.nowMs, answer });
    return answer;
  }

  /** What is known at once; undefined where that is nothing, or an answer comes later. */
  #answer(question: Question): Answer | undefined {
    const { id, ask, selection } = question;
    const { edge, sessions, history, kicks, timers, log } = this.#options;
    switch (ask) {
      case "sessions":
        return listSessions(edge, sessions.all(), selection);
      case "history":
        return tellHistory(edge, history, selection);
      case "forget":
        return forgetHistory(history, this.#options.kept, selection);
      case "penalties":
        return this.#options.penalties(ask, selection, id);
      case "lift": {
        const answer = this.#options.penalties(ask, selection, id);
        log.info({ question: id, ...selection, lifted: answer?.penalties.length ?? 0 }, "penalties lifted");
        return answer;
      }
      case "kick": {
        const answer = kickSessions(sessions.all(), selection, kicks, timers);
        log.info({ question: id, ...selection, kicked: answer?.kicked ?? 0 }, "sessions kicked");
        return answer;
      }
      case "trace":
        return this.#options.traces.asked(selection) ? undefined : { ask: "trace", started: false };
      case "explain":
        this.#sendLater(question, this.#options.explain(selection));
        return undefined;
      case "probe":
        log.info({ question: id, ...selection }, "store probed");
        this.#sendLater(question, this.#options.probe(question));
        return undefined;
      default:
        // A newer API may ask what this version does not know.
        return undefined;
    }
  }
}
