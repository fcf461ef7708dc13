import { z } from "zod";
import { EdgeName } from "./edges.ts";
import { Protocol } from "./protocols.ts";

/** Most sessions in one response, and in one edge's answer. */
export const SESSIONS_MAX = 200;
const text = z.string().max(320);

/** Which sessions: those that fit every field. */
export const SessionSelection = z.object({
  /** An account, or the login name that was given for it. */
  account: text.optional(),
  store: text.optional(),
  /** An address or a network, such as `10.0.0.0/8`. */
  client: text.optional(),
  edge: EdgeName.optional(),
  instance: text.optional(),
  protocol: Protocol.optional(),
});
export type SessionSelection = z.infer<typeof SessionSelection>;

/** Where a page of sessions ended: the start of its last session, and its id. */
const SessionCursor = z.string().regex(/^\d{4}-[0-9TZ:.-]{1,30}~[\w-]{1,64}$/);

/** Parameters of `GET /v1/sessions`. */
export const SessionsQuery = SessionSelection.extend({
  limit: z.coerce.number().int().min(1).max(SESSIONS_MAX).default(100),
  cursor: SessionCursor.optional(),
});

/** A live session as its edge knows it. */
export const SessionInfo = z.object({
  sid: z.string().regex(/^[\w-]{1,64}$/),
  edge: EdgeName,
  instance: text,
  protocol: Protocol,
  /** `login`: the store has not let the user in yet; `held`: its login waits for a hold to end. */
  stage: z.enum(["login", "held", "relay", "closing"]),
  account: text.optional(),
  /** The name that the client gave. */
  login: text.optional(),
  /** Address and port. */
  client: text,
  store: text.optional(),
  /** The TLS version; absent in clear. */
  tls: text.optional(),
  mechanism: text.optional(),
  since: z.iso.datetime(),
  bytesFromClient: z.int().min(0),
  bytesFromStore: z.int().min(0),
});
export type SessionInfo = z.infer<typeof SessionInfo>;

/** How complete an answer is that edges gave together. */
export const EdgesAsked = z.object({
  /** Edges that were asked, and that have answered. */
  asked: z.int(),
  answered: z.int(),
  /** Those that have not: what they know is missing. */
  silent: z.array(EdgeName),
});
export type EdgesAsked = z.infer<typeof EdgesAsked>;

/** Response of `GET /v1/sessions`: a page of sessions, newest first. */
export const Sessions = z.object({
  sessions: z.array(SessionInfo),
  /** All that fit, on every page. */
  total: z.int(),
  /** Where to continue; absent on the last page. */
  cursor: SessionCursor.optional(),
  edges: EdgesAsked,
});
export type Sessions = z.infer<typeof Sessions>;

/** The place of a session in the order of pages. */
export const sessionCursor = ({ since, sid }: Pick<SessionInfo, "since" | "sid">): string =>
  `${since}~${sid}`;

export const SESSIONS_PATH = "/v1/sessions";
