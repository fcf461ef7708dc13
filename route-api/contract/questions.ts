import { z } from "zod";
import { Explanation } from "./explanations.ts";
import { HISTORY_MAX, PastSession } from "./history.ts";
import { PENALTIES_MAX, Penalty } from "./penalties.ts";
import { SESSIONS_MAX, SessionInfo } from "./sessions.ts";
import { PROBED_MAX, ProbedAddress } from "./store-probes.ts";

/** What one question may say beside its kind, in characters. */
const SELECTION_MAX = 320;

/** A question that edges answer from their memory. An edge ignores kinds that it does not know. */
export const Question = z.object({
  /** An edge that has answered it before repeats its answer. */
  id: z.string().regex(/^[\w-]{1,64}$/),
  /** What is asked, such as `kick`. */
  ask: z.string().regex(/^[a-z-]{1,32}$/),
  /** What it is about, such as `account`. */
  selection: z.record(z.string().max(32), z.string().max(SELECTION_MAX)),
  /** How long answers are waited for, in milliseconds. */
  ttlMs: z.int().min(1),
});
export type Question = z.infer<typeof Question>;

export const QuestionId = Question.shape.id;

/** The sessions of one edge that fit, newest first. */
const SessionsAnswer = z.object({
  ask: z.literal("sessions"),
  sessions: z.array(SessionInfo).max(SESSIONS_MAX),
  /** All that fit, in the answer or not. */
  total: z.int().min(0),
  /** There are more of them behind the last one. */
  more: z.boolean(),
});
/** How many sessions of an account an edge has forgotten. */
const ForgetAnswer = z.object({ ask: z.literal("forget"), forgotten: z.int().min(0) });
const KickAnswer = z.object({ ask: z.literal("kick"), kicked: z.int().min(0) });

/** Sessions of an account that have ended at one edge, newest first. */
const HistoryAnswer = z.object({
  ask: z.literal("history"),
  sessions: z.array(PastSession).max(HISTORY_MAX),
});

/** How one edge would decide about a login name; it may take the time of a look-up. */
const ExplainAnswer = Explanation.extend({ ask: z.literal("explain") });

/** Penalties at one edge, the longest first. */
const PenaltiesAnswer = z.object({
  ask: z.literal("penalties"),
  penalties: z.array(Penalty).max(PENALTIES_MAX),
});
/** Penalties that one edge has lifted. */
const LiftAnswer = PenaltiesAnswer.extend({ ask: z.literal("lift") });

/** How far one edge got at a store; it may take the time of connecting. */
const ProbeAnswer = z.object({ ask: z.literal("probe"), probes: z.array(ProbedAddress).max(PROBED_MAX) });

/** An edge that has begun or ended a trace says nothing; one that could not, so. */
const TraceAnswer = z.object({ ask: z.literal("trace"), started: z.literal(false) });

/** Body of `PUT /v1/questions/{id}/answers/{edge}`. An edge with nothing to say sends none. */
export const Answer = z.discriminatedUnion("ask", [
  SessionsAnswer,
  KickAnswer,
  HistoryAnswer,
  ForgetAnswer,
  PenaltiesAnswer,
  LiftAnswer,
  ExplainAnswer,
  ProbeAnswer,
  TraceAnswer,
]);
export type Answer = z.infer<typeof Answer>;
export type AnswerTo<A extends Answer["ask"]> = Extract<Answer, { ask: A }>;

/** What is no question: an edge tells the others of a penalty. It is neither answered nor acknowledged. */
export const PENALTY_ANNOUNCED = "penalty";

/** Questions whose answers take an edge a while: it reads on meanwhile, so that only the answer itself counts. */
export const ANSWERED_LATER: ReadonlySet<string> = new Set<Answer["ask"]>(["explain", "probe"]);

/** Largest answer, in bytes of JSON: below the default of `limits.bodyBytes`. */
export const ANSWER_MAX_BYTES = 60_000;
/** How long an edge remembers a question, so that a repeated one has no second effect, in seconds. */
export const QUESTION_REMEMBERED_SECONDS = 300;

export const answerPath = (id: string, edge: string): string =>
  `/v1/questions/${id}/answers/${encodeURIComponent(edge)}`;
