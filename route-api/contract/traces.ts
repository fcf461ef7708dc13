import { z } from "zod";
import { EdgeName } from "./edges.ts";
import { Why } from "./kicks.ts";
import { EdgesAsked } from "./sessions.ts";

/** Longest time that sessions are traced, in seconds. */
export const TRACE_MAX_SECONDS = 3600;
/** Traces that an edge runs at a time, at most. */
export const TRACES_MAX = 20;
/** What one edge tells of one trace, at most; the route API's limits may be lower. */
export const TRACE_EVENTS_MAX = 10_000;
export const TRACE_BYTES_MAX = 5_000_000;

/** Most events in one report of an edge. */
export const TRACE_REPORT_EVENTS = 100;
/** Longest text of an event, in characters. */
export const TRACE_TEXT_MAX = 600;

/** Body of `POST /v1/traces`: whose next sessions are traced. */
export const TraceRequest = z
  .strictObject({
    /** A login name, an account, or a name that leads nowhere. */
    login: z.string().min(1).max(255).optional(),
    /** An address or a network, for clients that never get as far as a name. */
    client: z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).optional(),
    /** How long sessions that begin are traced. */
    seconds: z.int().min(1).max(TRACE_MAX_SECONDS).default(600),
    why: Why,
  })
  .refine(({ login, client }) => (login === undefined) !== (client === undefined), {
    error: "one of login and client is needed",
    path: ["login"],
  });

/** Body of `DELETE /v1/traces/{id}`. */
export const TraceEnd = z.strictObject({ why: Why });

export const TraceId = z.string().regex(/^[\w-]{1,64}$/);

/** Response of `POST /v1/traces`. `edges.silent` names the edges whose sessions will be missing. */
export const Traced = z.object({
  id: TraceId,
  /** The trace ends by itself. */
  until: z.iso.datetime(),
  edges: EdgesAsked,
});
export type Traced = z.infer<typeof Traced>;

/** Response of `DELETE /v1/traces/{id}`. */
export const TraceEnded = Traced.omit({ until: true });

/** What an event is: a step of the session, or a line of the dialogue before login, without its secrets. */
export const TraceStep = z.enum([
  "accept",
  "tls",
  "name",
  "look-up",
  "route",
  "pre-auth",
  "connect",
  "connected",
  "store-tls",
  "banner",
  "replay",
  "logged-in",
  "first-bytes",
  "failure",
  "end",
  /** The edge tells no more of this trace. */
  "limit",
  "from-client",
  "to-client",
  "to-store",
  "from-store",
]);
export type TraceStep = z.infer<typeof TraceStep>;

/** Something that happened in a traced session. */
export const TraceEvent = z.object({
  /** Counts the events of one trace at one edge. */
  number: z.int().min(1),
  at: z.iso.datetime(),
  sid: z.string().regex(/^[\w-]{1,64}$/),
  /** Since the connection was accepted. */
  ms: z.number().min(0),
  step: TraceStep,
  text: z.string().max(TRACE_TEXT_MAX),
});
export type TraceEvent = z.infer<typeof TraceEvent>;

/** Body of `PUT /v1/traces/{id}/reports/{edge}/{first}`: events in their order. */
export const TraceReport = z.object({ events: z.array(TraceEvent).min(1).max(TRACE_REPORT_EVENTS) });
export type TraceReport = z.infer<typeof TraceReport>;

const Cursor = z.iso.datetime();

/** Parameters of `GET /v1/traces/{id}`. */
export const TraceQuery = z.object({
  /** The `cursor` of the last response. */
  after: Cursor.optional(),
});

/** Response of `GET /v1/traces/{id}`. */
export const Trace = z.object({
  id: TraceId,
  until: z.iso.datetime(),
  /** `ended`: no session that begins now is traced; events of those that began before may still come. */
  state: z.enum(["running", "ended"]),
  events: z.array(TraceEvent.extend({ edge: EdgeName })),
  /** Where to continue; what arrived shortly before comes again. */
  cursor: Cursor.optional(),
});
export type Trace = z.infer<typeof Trace>;

export const TRACES_PATH = "/v1/traces";
export const traceReportPath = (id: string, edge: string, first: number): string =>
  `${TRACES_PATH}/${id}/reports/${encodeURIComponent(edge)}/${first}`;

/** What a question of the kind `trace` says, as text. */
export const TraceSelection = z.union([
  z.object({ trace: TraceId, stop: z.literal("true") }),
  z.object({
    trace: TraceId,
    /** Login name and account, in lower case. */
    login: z.string().optional(),
    account: z.string().optional(),
    client: z.string().optional(),
    seconds: z.coerce.number().int().min(1).max(TRACE_MAX_SECONDS),
    events: z.coerce.number().int().min(1).max(TRACE_EVENTS_MAX),
    bytes: z.coerce.number().int().min(1).max(TRACE_BYTES_MAX),
  }),
]);
export type TraceSelection = z.infer<typeof TraceSelection>;
