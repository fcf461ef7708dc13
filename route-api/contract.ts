import { z } from "zod";

/** Longest login or account name in bytes; a longer one is refused before any look-up. */
export const NAME_MAX_BYTES = 255;

/** A name that goes into lines of a protocol: no C0, DEL or C1 control characters. */
const name = z.string().regex(/^[^\u0000-\u001f\u007f-\u009f]+$/, "must not hold control characters");

/** Where an account's mailbox is: the answer of `GET /v1/routes/{login}`. */
export const Route = z.object({
  /** Canonical name of the account: what the edge logs, counts and gives to the store. */
  account: name.max(NAME_MAX_BYTES),
  /** entryUUID of the directory entry (or what the source has in its place). */
  uuid: z.string().min(1),
  /** Hosts that hold the mailbox, best first: keys of `stores` in the edge's configuration. */
  mailHost: z.array(name).min(1),
  /** The directory's version of the entry; greater in string order is newer. */
  version: z.string(),
});
export type Route = z.infer<typeof Route>;

/** Parameters of `GET /v1/routes/{login}?domain=`. */
export const RouteParams = z.object({
  login: z.string().min(1).max(NAME_MAX_BYTES),
});
export const RouteQuery = z.object({
  /** Appended, after `@`, to a login that has no domain of its own. */
  domain: z.string().min(1).max(NAME_MAX_BYTES).optional(),
});

/**
 * Something that edges must hear of: an account whose route was written or removed, with every name that leads to it
 * or did; or that anything may have changed.
 */
export const Change = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("route"),
    uuid: z.string().min(1),
    account: name.max(NAME_MAX_BYTES),
    names: z.array(z.string()),
  }),
  z.object({ kind: z.literal("all") }),
]);
export type Change = z.infer<typeof Change>;

/** Longest wait of `GET /v1/changes`, in seconds. */
export const CHANGES_MAX_WAIT_SECONDS = 55;

/** Parameters of `GET /v1/changes?after=&wait=`. */
export const ChangesQuery = z.object({
  /** The cursor of the last answer; without it the answer is the end of the feed, at once. */
  after: z.string().max(64).optional(),
  /** How long to wait for a change where there is none yet, in seconds. */
  wait: z.coerce.number().min(0).max(CHANGES_MAX_WAIT_SECONDS).default(0),
});

/** Answer of `GET /v1/changes`; as server-sent events each is the data of one event, with the cursor as its id. */
export const Changes = z.object({
  /** Where the feed goes on. */
  cursor: z.string().min(1),
  /** The feed no longer reaches back to `after`: whoever keeps routes must ask anew for each. */
  gap: z.boolean(),
  changes: z.array(Change),
});
export type Changes = z.infer<typeof Changes>;

/** Why the route API refused or failed: the closed set behind `code` in every problem. */
export const ProblemCode = z.enum([
  "bad-request",
  "unauthorized",
  "forbidden",
  "not-found",
  "unknown-user",
  "ambiguous-user",
  "store-unavailable",
  "internal",
]);
export type ProblemCode = z.infer<typeof ProblemCode>;

/** RFC 9457 problem details, with a code for programs and the id under which the API logged the request. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  code: ProblemCode,
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;

/** Answer of `/livez` and `/readyz`. */
export const Health = z.object({
  status: z.enum(["ok", "unavailable"]),
  detail: z.string().optional(),
});
export type Health = z.infer<typeof Health>;

/** Path of a route look-up, encoded. */
export const routePath = (login: string): string => `/v1/routes/${encodeURIComponent(login)}`;

const inspect = Symbol.for("nodejs.util.inspect.custom");

/** A value that must not be seen: prints as `[secret]` in logs, JSON and consoles. Only `reveal` gives it out. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
  [inspect](): string {
    return "[secret]";
  }
}
