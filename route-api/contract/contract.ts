import { z } from "zod";

/** Longest identity of an entry, in characters. */
const UUID_MAX = 1024;

/** Longest login or account name in bytes; a longer one is refused before any look-up. */
export const NAME_MAX_BYTES = 255;

/** A name that goes into lines of a protocol: no C0, DEL or C1 control characters. */
const name = z.string().regex(/^[^\u0000-\u001f\u007f-\u009f]+$/, "must not hold control characters");

/** Where the store's login of one account differs from the store's entry in the edge's configuration. */
export const StoreOverride = z.object({
  /** Name to log in with at the store, in place of the account's. */
  user: name.max(NAME_MAX_BYTES).optional(),
  imapPort: z.int().min(1).max(65_535).optional(),
  pop3Port: z.int().min(1).max(65_535).optional(),
});
export type StoreOverride = z.infer<typeof StoreOverride>;

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
  /** A disabled account is not let in; the client hears no more than of a wrong password. */
  status: z.enum(["active", "disabled"]).default("active"),
  /** Why it is disabled, for support: the attribute and its value. */
  statusReason: z.string().optional(),
  /** Rules of mailAllowedServiceAccess, as the directory has them. */
  services: z.array(z.string()).default([]),
  override: StoreOverride.optional(),
  /** The attributes that were asked for, as far as the entry has them: values as searches compare them. */
  attributes: z.record(z.string(), z.array(z.string())).optional(),
});
export type Route = z.infer<typeof Route>;

/** Parameters of `GET /v1/routes/{login}?domain=`. */
export const RouteParams = z.object({
  login: z.string().min(1).max(NAME_MAX_BYTES),
});
export const RouteQuery = z.object({
  /** Appended, after `@`, to a login that has no domain of its own. */
  domain: z.string().min(1).max(NAME_MAX_BYTES).optional(),
  /** Names of attributes that the sync keeps, with commas between: the answer brings their values along. */
  attributes: z
    .string()
    .regex(
      /^[A-Za-z][A-Za-z0-9-]{0,63}(,[A-Za-z][A-Za-z0-9-]{0,63}){0,7}$/,
      "must be up to 8 attribute names",
    )
    .optional(),
});

/** Attributes that one route may bring along, and values of each: the first ones. */
export const ROUTE_ATTRIBUTES_MAX = 8;
export const ROUTE_ATTRIBUTE_VALUES_MAX = 4;

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

/** Longest cursor of the feed, in characters. */
const CURSOR_MAX = 64;
/** Longest wait of `GET /v1/changes`, in seconds. */
export const CHANGES_MAX_WAIT_SECONDS = 55;

/** Parameters of `GET /v1/changes?after=&wait=`. */
export const ChangesQuery = z.object({
  /** The cursor of the last answer; without it the answer is the end of the feed, at once. */
  after: z.string().max(CURSOR_MAX).optional(),
  /** How long to wait for a change where there is none yet, in seconds. */
  wait: z.coerce.number().min(0).max(CHANGES_MAX_WAIT_SECONDS).default(0),
});

/** Answer of `GET /v1/changes`; as server-sent events each is the data of one event, with the cursor as its id. */
export const Changes = z.object({
  /** Where the feed goes on; it comes back in a URL. */
  cursor: z
    .string()
    .regex(/^[!-~]+$/, "must be visible ASCII")
    .max(CURSOR_MAX),
  /** The feed no longer reaches back to `after`: whoever keeps routes must ask anew for each. */
  gap: z.boolean(),
  changes: z.array(Change),
});
export type Changes = z.infer<typeof Changes>;

/** Attributes and values that an entry must have, joined by "all" (AND) and "any" (OR). */
export type Match = { attribute: string; value: string } | { all: Match[] } | { any: Match[] };

/** Attributes and values that one match may ask for, all its parts together. */
export const MATCH_PARTS_MAX = 16;
/** Longest value that can be asked for, in characters. */
export const MATCH_VALUE_MAX = 1024;
/** Longest base, in characters. */
export const BASE_MAX = 2048;
/** Longest certificate, in characters of base64. */
export const CERTIFICATE_MAX = 16_384;

const attributeName = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, "must be an attribute name");

export const Match: z.ZodType<Match> = z.lazy(() =>
  z.union([
    z.strictObject({ attribute: attributeName, value: z.string().min(1).max(MATCH_VALUE_MAX) }),
    z.strictObject({ all: z.array(Match).min(1).max(MATCH_PARTS_MAX) }),
    z.strictObject({ any: z.array(Match).min(1).max(MATCH_PARTS_MAX) }),
  ]),
);

/** Body of `POST /v1/routes/search`; the answer is that of a look-up. */
export const RouteSearch = z.strictObject({
  match: Match,
  /** DN below which the entry lies, itself included. */
  base: z.string().max(BASE_MAX).optional(),
  /** DER of a certificate in base64, which the entry must hold. */
  certificate: z.base64().max(CERTIFICATE_MAX).optional(),
  /** Attributes that the answer brings along, as with a look-up. */
  attributes: z.array(attributeName).max(ROUTE_ATTRIBUTES_MAX).optional(),
});
export type RouteSearch = z.infer<typeof RouteSearch>;

/** Longest password that is asked for, in characters. */
export const PASSWORD_MAX = 4096;
const password = z.string().min(1).max(PASSWORD_MAX);

/** Body of `POST /v1/pre-authentications`: is this the user's password in the directory? */
export const PreAuthentication = z.union([
  z.strictObject({
    login: z.string().min(1).max(NAME_MAX_BYTES),
    domain: z.string().min(1).max(NAME_MAX_BYTES).optional(),
    password,
  }),
  /** By the entry that a route named, whatever search found it. */
  z.strictObject({ uuid: z.string().min(1).max(UUID_MAX), password }),
]);
export type PreAuthentication = z.infer<typeof PreAuthentication>;

/** Its answer. That a name is unknown is no different from a wrong password. */
export const PreAuthenticationResult = z.object({
  authenticated: z.boolean(),
  /** The account, where authenticated. */
  account: z.string().optional(),
});
export type PreAuthenticationResult = z.infer<typeof PreAuthenticationResult>;

/** An entry that the sync cannot use. */
export const SkippedEntry = z.object({ place: z.string(), reason: z.string() });
export type SkippedEntry = z.infer<typeof SkippedEntry>;

/** Answer of `GET /v1/sync`. Times are RFC 3339 in UTC. */
export const SyncStatus = z.object({
  state: z.enum([
    /** No sync has ever run on this table. */
    "never",
    /** Reading the directory whole. */
    "refreshing",
    /** Told of each change, or asking for them. */
    "following",
    /** As before, but removals wait for the operator's word. */
    "held",
    /** The last attempt failed; it is tried again. */
    "failing",
    /** Nobody holds the lease. */
    "stopped",
  ]),
  /** Who holds the lease: host and process. */
  leader: z.string().optional(),
  directory: z.string().optional(),
  /** How changes come: by RFC 4533, by asking for newer entries, by comparing all, or from a file. */
  method: z.enum(["syncrepl", "delta", "compare", "file"]).optional(),
  /** Age of the oldest change of the directory that the table lacks, in seconds; 0 when level; absent when unknown. */
  lagSeconds: z.number().optional(),
  lastChangeAt: z.iso.datetime().optional(),
  lastFullRun: z
    .object({
      finishedAt: z.iso.datetime(),
      durationMs: z.number(),
      read: z.int(),
      written: z.int(),
      unchanged: z.int(),
      /** Entries of which the table has newer versions, which it keeps: the directory was set back, or lags. */
      older: z.int().default(0),
      removed: z.int(),
    })
    .optional(),
  held: z
    .object({
      /** Names this hold: a release of another one does not count. */
      id: z.string(),
      since: z.iso.datetime(),
      reason: z.enum(["too-many-removals", "canary-missing"]),
      wouldRemove: z.int(),
      of: z.int(),
      missingCanaries: z.array(z.string()),
    })
    .optional(),
  failure: z.object({ code: z.string(), message: z.string(), since: z.iso.datetime() }).optional(),
  skippedCount: z.int().default(0),
  /** The first of them. */
  skipped: z.array(SkippedEntry).default([]),
});
export type SyncStatus = z.infer<typeof SyncStatus>;

/** Why the route API refused or failed: the closed set behind `code` in every problem. */
export const ProblemCode = z.enum([
  "bad-request",
  "unauthorized",
  "forbidden",
  "not-found",
  "method-not-allowed",
  "unknown-user",
  "ambiguous-user",
  "body-too-large",
  "unsupported-media-type",
  "too-many-requests",
  "overloaded",
  "store-unavailable",
  "directory-unavailable",
  "issuer-unavailable",
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

export const SEARCH_PATH = "/v1/routes/search";
export const PRE_AUTHENTICATIONS_PATH = "/v1/pre-authentications";

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
