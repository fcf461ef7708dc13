import { z } from "zod";
import { Protocol } from "./protocols.ts";

/** Name of an edge process: its host, and a part that no other process has. */
export const EdgeName = z.string().regex(/^\w[\w.:-]{0,127}$/);

/** How often an edge reports, in seconds. */
export const HEARTBEAT_SECONDS = 30;
/** An edge that has been silent for longer may be gone: two heartbeats and the time for a retry, in seconds. */
export const EDGE_FRESH_SECONDS = 75;
/** A silent edge is listed for this long, in seconds. */
export const EDGE_KEPT_SECONDS = 300;

/** Most lines of one heartbeat about instances, and about stores: those with the most sessions come first. */
export const HEARTBEAT_LINES_MAX = 100;
const label = z.string().max(255);
const count = z.int().min(0);

/** Body of `PUT /v1/edges/{edge}`: what an edge process reports of itself. */
export const Heartbeat = z.object({
  /** Unique to the process; the first part of its session ids. */
  incarnation: z.string().regex(/^[\w-]{1,64}$/),
  version: label,
  /** Such as `bun 1.3.0`. */
  runtime: label,
  startedAt: z.iso.datetime(),
  /** `ended` is its last report. */
  state: z.enum(["running", "draining", "ended"]),
  /** Digest of the configuration in force, without secrets. */
  configuration: z.string().regex(/^[0-9a-f]{12}$/),
  memoryBytes: count,
  sessions: count,
  /** Since when logins and failures are counted: the time since the last report, in seconds. */
  periodSeconds: z.number().min(0),
  instances: z
    .array(z.object({ instance: label, protocol: Protocol, sessions: count }))
    .max(HEARTBEAT_LINES_MAX),
  /** Domains that are appended to login names without one. */
  domains: z.array(label).max(HEARTBEAT_LINES_MAX).optional(),
  stores: z
    .array(
      z.object({
        store: label,
        sessions: count,
        logins: count,
        failures: count,
        /** Its addresses that logins avoid because they have failed too often. */
        failing: z.array(label).max(HEARTBEAT_LINES_MAX),
        /** It ignores SASL's authorisation id: no logins on users' behalf there. */
        ignoresAuthorizationId: z.boolean().optional(),
      }),
    )
    .max(HEARTBEAT_LINES_MAX),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

/** An edge as support sees it. */
export const Edge = Heartbeat.omit({ state: true }).extend({
  edge: EdgeName,
  /** `silent`: no report for EDGE_FRESH_SECONDS. */
  state: z.enum(["running", "draining", "silent"]),
  seenAt: z.iso.datetime(),
  /** In what it differs from most edges that run the same instances. */
  differs: z.array(z.enum(["version", "configuration"])),
});
export type Edge = z.infer<typeof Edge>;

/** Response of `GET /v1/edges`. */
export const Edges = z.object({ edges: z.array(Edge) });
export type Edges = z.infer<typeof Edges>;

export const EDGES_PATH = "/v1/edges";
