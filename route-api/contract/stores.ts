import { z } from "zod";
import { EdgeName } from "./edges.ts";

/** A mail store as the edges see it. */
export const StoreSummary = z.object({
  store: z.string(),
  sessions: z.int(),
  loginsPerSecond: z.number(),
  failuresPerSecond: z.number(),
  /** Addresses that logins avoid at the moment because they have failed too often, and the edges that do so. */
  failing: z.array(z.object({ host: z.string(), edges: z.array(EdgeName) })),
});
export type StoreSummary = z.infer<typeof StoreSummary>;

/** Response of `GET /v1/stores`: by name, as of the last heartbeat of each edge. */
export const StoreList = z.object({
  stores: z.array(StoreSummary),
  /** Logins a second that failed before a store was known. */
  otherFailuresPerSecond: z.number(),
  /** Edges without a recent heartbeat, which are not counted. */
  silent: z.array(EdgeName),
});
export type StoreList = z.infer<typeof StoreList>;

export const STORES_PATH = "/v1/stores";
