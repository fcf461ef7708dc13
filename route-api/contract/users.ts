import { z } from "zod";
import { EdgeName } from "./edges.ts";
import { ExplainStep, Explanation } from "./explanations.ts";
import { PastSession } from "./history.ts";
import { Hold } from "./holds.ts";
import { NAME_MAX_BYTES } from "./names.ts";
import { FoundPenalty } from "./penalties.ts";
import { Protocol } from "./protocols.ts";
import { Route } from "./routes.ts";
import { EdgesAsked, SessionInfo } from "./sessions.ts";

/** Parameters of `GET /v1/users/{login}?domain=`. */
export const UserParams = z.object({ login: z.string().min(1).max(NAME_MAX_BYTES) });
export const UserQuery = z.object({
  /** Appended after `@` to a login without a domain. */
  domain: z.string().min(1).max(NAME_MAX_BYTES).optional(),
  /** Which edge explains the login, by which instance and protocol; by default any edge, by its first listener. */
  edge: EdgeName.optional(),
  instance: z.string().min(1).max(255).optional(),
  protocol: Protocol.optional(),
  /** Address of the client whose login is explained, for rules that depend on it. */
  client: z.union([z.ipv4(), z.ipv6()]).optional(),
});

/** Where a route came from. */
export const RouteOrigin = z.object({
  dn: z.string(),
  uuid: z.string(),
  /** The directory's version of the entry. */
  version: z.string(),
  /** State of the sync, and how far it is behind the directory, in seconds. */
  sync: z.string(),
  lagSeconds: z.number().optional(),
});

/** Most names that are told for an unknown one. */
export const NEAR_MAX = 10;

/** A name that may be meant by an unknown one. */
export const NearName = z.object({
  login: z.string(),
  account: z.string(),
  /** `alias`: the unknown name is one of the account's names, but not one to log in with. */
  how: z.enum(["alias", "other-domain", "one-edit"]),
});
export type NearName = z.infer<typeof NearName>;

/** Response of `GET /v1/users/{login}`: everything that is known of a user. */
export const User = z.object({
  /** As it was looked up: in lower case, with its domain. */
  login: z.string(),
  /** Absent, like what follows from it, if no entry has the name. */
  account: z.string().optional(),
  /** Every login name of the account. */
  names: z.array(z.string()).default([]),
  route: Route.optional(),
  source: RouteOrigin.optional(),
  status: z.enum(["active", "disabled", "unknown"]),
  /** New logins wait: the account is on hold, or all of its store. */
  hold: Hold.omit({ gen: true, from: true }).extend({ store: z.string().optional() }).optional(),
  /** Live sessions, newest first, at most 200. */
  sessions: z.array(SessionInfo),
  /** Sessions that have ended, with their failed logins, newest first: as far as edges remember or the route store keeps them. */
  logins: z.array(PastSession),
  /** Failed logins that delay later ones, the longest delay first. */
  penalties: z.array(FoundPenalty).default([]),
  /** Only if no entry has the name: those that may be meant, likeliest first. */
  near: z.array(NearName).max(NEAR_MAX).optional(),
  /** How an edge would decide now, step by step; absent if none has said so in time. */
  explain: z.array(ExplainStep).optional(),
  explainedBy: Explanation.omit({ steps: true }).optional(),
  edges: EdgesAsked,
});
export type User = z.infer<typeof User>;

/** The encoded path of a user. */
export const userPath = (login: string): string => `/v1/users/${encodeURIComponent(login)}`;
