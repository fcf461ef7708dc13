import { z } from "zod";
import { PastSession } from "./history.ts";
import { NAME_MAX_BYTES } from "./names.ts";
import { Route } from "./routes.ts";
import { EdgesAsked, SessionInfo } from "./sessions.ts";

/** Parameters of `GET /v1/users/{login}?domain=`. */
export const UserParams = z.object({ login: z.string().min(1).max(NAME_MAX_BYTES) });
export const UserQuery = z.object({
  /** Appended after `@` to a login without a domain. */
  domain: z.string().min(1).max(NAME_MAX_BYTES).optional(),
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
  /** Live sessions, newest first, at most 200. */
  sessions: z.array(SessionInfo),
  /** Sessions that have ended, with their failed logins, newest first: as far as the edges remember. */
  logins: z.array(PastSession),
  edges: EdgesAsked,
});
export type User = z.infer<typeof User>;

/** The encoded path of a user. */
export const userPath = (login: string): string => `/v1/users/${encodeURIComponent(login)}`;
