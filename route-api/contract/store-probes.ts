import { z } from "zod";
import { EdgeName } from "./edges.ts";
import { Why } from "./kicks.ts";
import { Protocol } from "./protocols.ts";
import { EdgesAsked } from "./sessions.ts";

/** Body of `POST /v1/stores/{store}/probe`. */
export const ProbeRequest = z.strictObject({ why: Why });

const ms = z.number().min(0);

/** How far an edge got at one address of a store, without logging in. */
export const ProbedAddress = z.object({
  protocol: Protocol,
  host: z.string().max(255),
  port: z.int().min(1).max(65535),
  /** It got as far as a login would be sent. */
  ok: z.boolean(),
  /** Why not, as in the log, such as `store-connect`. */
  code: z.string().max(64).optional(),
  /** How far it got, as `progress` in the log. */
  reached: z.enum(["connect", "tls", "banner", "capability", "auth", "done"]),
  detail: z.string().max(500).optional(),
  /** Time to connect, for TLS, and for greeting and capabilities; absent for what was not reached. */
  connectMs: ms.optional(),
  tlsMs: ms.optional(),
  dialogueMs: ms.optional(),
});
export type ProbedAddress = z.infer<typeof ProbedAddress>;

/** Most addresses that one edge tries. */
export const PROBED_MAX = 16;

/** Response of `POST /v1/stores/{store}/probe`. */
export const StoreProbed = z.object({
  probes: z.array(ProbedAddress.extend({ edge: EdgeName })),
  edges: EdgesAsked,
});
export type StoreProbed = z.infer<typeof StoreProbed>;
