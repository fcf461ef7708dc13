import { z } from "zod";
import { EdgeName } from "./edges.ts";
import { NAME_MAX_BYTES, name } from "./names.ts";
import { Question } from "./questions.ts";

/**
 * A change that edges must learn of: an account whose route was written or removed, with every name that leads or led to
 * it; or `all`, if anything may have changed.
 */
export const Change = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("route"),
    uuid: z.string().min(1),
    account: name.max(NAME_MAX_BYTES),
    names: z.array(z.string()),
    /** Those of the names that no longer lead to the account. */
    former: z.array(z.string()).optional(),
    /** Number of the write, which a route has too: one with a smaller number is older than this change. */
    write: z.int().optional(),
  }),
  z.object({ kind: z.literal("all") }),
]);
export type Change = z.infer<typeof Change>;

const KINDS: ReadonlySet<unknown> = new Set(Change.options.map(({ shape }) => shape.kind.value));
const isOfKnownKind = (change: unknown): boolean => {
  const { kind } = (change ?? {}) as { kind?: unknown };
  return typeof kind !== "string" || KINDS.has(kind);
};

/** Changes as a newer version may write them: those of unknown kinds are left out, since they are not for this one. */
export const ReadableChanges = z
  .array(z.unknown())
  .transform((changes) => changes.filter(isOfKnownKind))
  .pipe(z.array(Change));

/** Longest cursor, in characters. */
const CURSOR_MAX = 64;
const cursor = z
  .string()
  .regex(/^[!-~]+$/, "must be visible ASCII")
  .max(CURSOR_MAX);
/** Longest wait of `GET /v1/changes`, in seconds. */
export const CHANGES_MAX_WAIT_SECONDS = 55;

/** Parameters of `GET /v1/changes?after=&wait=`. */
export const ChangesQuery = z.object({
  /** The cursor of the last response; without it the end of the feed is returned immediately. */
  after: z.string().max(CURSOR_MAX).optional(),
  /** How long to wait for a change if there is none yet, in seconds. */
  wait: z
    .string()
    .regex(/^\d+(\.\d+)?([eE][+-]?\d+)?$/, "must be a number")
    .transform(Number)
    .pipe(z.number().min(0).max(CHANGES_MAX_WAIT_SECONDS))
    .default(0),
  /** The cursor of the last response in the feed of questions; empty: its end. Without it no questions are returned. */
  asks: z.string().max(CURSOR_MAX).optional(),
  /** Name of the edge that polls. */
  edge: EdgeName.optional(),
});

/** Questions since the cursor `asks`. */
export const Asks = z.object({
  /** Where to continue. */
  cursor,
  /** The feed no longer reaches back to the cursor: questions may have been missed. */
  gap: z.boolean(),
  questions: z.array(Question),
});
export type Asks = z.infer<typeof Asks>;

/** Response of `GET /v1/changes`; as server-sent events, the data of an event whose id is the cursor. */
export const Changes = z.object({
  /** Where to continue; safe in a URL. */
  cursor,
  /** The feed no longer reaches back to `after`: every cached route may be outdated. */
  gap: z.boolean(),
  changes: z.array(Change),
  /** Present if the request had `asks`. Every change that was made before one of its questions is in this response or an earlier one. */
  asks: Asks.optional(),
});
export type Changes = z.infer<typeof Changes>;

/** A response as edges read it. */
export const ReceivedChanges = Changes.extend({ changes: ReadableChanges });
