import { z } from "zod";
import { EdgeName } from "./edges.ts";
import { Why } from "./kicks.ts";
import { NAME_MAX_BYTES } from "./names.ts";
import { EdgesAsked } from "./sessions.ts";

/** Most penalties in one edge's answer, and in a response. */
export const PENALTIES_MAX = 200;
/** Most login names of a user that are asked about. */
export const PENALTY_NAMES_MAX = 20;
/** Most announcements of one batch. */
export const ANNOUNCED_MAX = 20;
const text = z.string().min(1).max(320);

/**
 * Why later logins wait: failures of a `client`, whoever the user; failures of a `user`, which delay only clients that have
 * failed themselves; or, with both, what failed for the user from the client.
 */
export const Penalty = z.object({
  instance: text,
  /** An address, or the range that counts as one client. */
  client: text.optional(),
  /** A login name. */
  user: text.optional(),
  /** Failures that still count. */
  failures: z.number().min(0),
  /** How long the next login would wait. */
  delaySeconds: z.number().min(0),
});
export type Penalty = z.infer<typeof Penalty>;

/** A penalty, and the edges at which it is in force; the numbers are the greatest among them. */
export const FoundPenalty = Penalty.extend({ edges: z.array(EdgeName) });
export type FoundPenalty = z.infer<typeof FoundPenalty>;

/** Parameters of `GET` and `DELETE /v1/penalties`: those of a user, of clients, or of both. */
export const PenaltyQuery = z.object({
  login: z.string().min(1).max(NAME_MAX_BYTES).optional(),
  /** Appended after `@` to a login without a domain. */
  domain: z.string().min(1).max(NAME_MAX_BYTES).optional(),
  /** An address or a network. */
  client: text.optional(),
});

/** Response of `GET` and `DELETE /v1/penalties`. */
export const Penalties = z.object({ penalties: z.array(FoundPenalty), edges: EdgesAsked });
export type Penalties = z.infer<typeof Penalties>;

/** Body of `DELETE /v1/penalties`. */
export const LiftRequest = z.strictObject({ why: Why });

export const PENALTIES_PATH = "/v1/penalties";

/**
 * What an edge tells the others: how many `failures` of a client or of a user it has counted, in place of what it said
 * before; or, without `failures`, that the user has logged in from the client, which forgives what failed before.
 */
export const PenaltyAnnouncement = z.object({
  instance: text,
  client: text.optional(),
  user: text.optional(),
  failures: z.number().min(0).max(1_000_000).optional(),
  /** Id of the last lift that the edge had read: what a later one has lifted does not come back. */
  lift: text.optional(),
});
export type PenaltyAnnouncement = z.infer<typeof PenaltyAnnouncement>;

/** Body of `PUT /v1/edges/{edge}/penalties/{batch}`. */
export const PenaltyAnnouncements = z.object({
  penalties: z.array(PenaltyAnnouncement).min(1).max(ANNOUNCED_MAX),
});
export type PenaltyAnnouncements = z.infer<typeof PenaltyAnnouncements>;

export const announcedPenaltiesPath = (edge: string, batch: string): string =>
  `/v1/edges/${encodeURIComponent(edge)}/penalties/${batch}`;
