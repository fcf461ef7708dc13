import type { AnswerTo } from "../../../route-api/contract/questions.ts";
import type { Kicks } from "../../guard/kicks.ts";
import type { Timed, Timers } from "../../timer-wheel.ts";
import type { LiveSession, SessionStage } from "../session-registry.ts";
import { type Selection, sessionFilter } from "../session-selection.ts";

/** Interval at which a kick that is spread over time ends its share, in seconds. */
const STEP_SECONDS = 0.1;

/** What is kicked; a question that names nothing of it ends no session. */
const KICKED = ["sid", "account", "store"] as const;

/**
 * Ends the sessions that fit, over `overSeconds`; undefined where there are none. Logins in progress of a kicked account or
 * store begin anew where they can, with a fresh route; those that wait for a hold to end are at no store, and go on waiting.
 */
export function kickSessions(
  sessions: Iterable<LiveSession>,
  selection: Selection,
  kicks: Pick<Kicks, "mark">,
  timers: Timers,
): AnswerTo<"kick"> | undefined {
  const fits = sessionFilter(selection);
  if (fits === undefined || KICKED.every((name) => selection[name] === undefined)) return undefined;
  // First of all: a login that completes from now on asks for it.
  if (selection.account !== undefined) kicks.mark("account", selection.account);
  else if (selection.store !== undefined) kicks.mark("store", selection.store);
  const spared: SessionStage[] = selection.sid === undefined ? ["closing", "held"] : ["closing"];
  const ending = [...sessions].filter((session) => !spared.includes(session.stage) && fits(session));
  const kicked = ending.length;
  if (kicked === 0) return undefined;
  const end = selection.sid === undefined ? endOrRetract : endSession;
  new SpreadKick(ending, Number(selection.overSeconds ?? 0), timers, end).expire();
  return { ask: "kick", kicked };
}

const endSession = (session: LiveSession): void => {
  if (session.stage !== "closing") session.stop("kicked");
};
const endOrRetract = (session: LiveSession): void => {
  if (session.stage !== "held" && !session.retract()) endSession(session);
};

/** Ends sessions evenly over a time, the first ones now. */
class SpreadKick implements Timed {
  due = -1;
  readonly #sessions: LiveSession[];
  readonly #steps: number;
  readonly #timers: Timers;
  readonly #end: (session: LiveSession) => void;
  #step = 0;
  #ended = 0;

  constructor(
    sessions: LiveSession[],
    overSeconds: number,
    timers: Timers,
    end: (session: LiveSession) => void,
  ) {
    this.#end = end;
    this.#sessions = sessions;
    this.#steps = Math.max(1, Math.ceil(overSeconds / STEP_SECONDS));
    this.#timers = timers;
  }

  expire(): void {
    const end = Math.ceil((this.#sessions.length * ++this.#step) / this.#steps);
    for (const session of this.#sessions.slice(this.#ended, end)) this.#end(session);
    this.#ended = end;
    if (this.#ended < this.#sessions.length) this.#timers.set(this, STEP_SECONDS);
  }
}
