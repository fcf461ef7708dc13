import { z } from "zod";
import { EdgeName } from "./edges.ts";
import { Protocol } from "./protocols.ts";

/** Longest text of a step, in characters. */
export const STEP_TEXT_MAX = 500;

/** One step of the decision that an edge takes about a login name. */
export const ExplainStep = z.object({
  step: z.enum([
    "listener",
    "name",
    "access",
    "cache",
    "look-up",
    "status",
    "hold",
    "services",
    "password",
    "store-name",
    "owner",
    "store",
    "health",
    "places",
    "store-admin",
  ]),
  /** `refused`: a login ends here. `warning`: it goes on, but something is wrong. `unknown`: it depends on more than the name. */
  verdict: z.enum(["ok", "warning", "refused", "unknown"]),
  text: z.string().max(STEP_TEXT_MAX),
  /** Since the step before, in milliseconds. */
  ms: z.number().min(0),
});
export type ExplainStep = z.infer<typeof ExplainStep>;

/** The decision of one edge, step by step, up to where a login would end. No store is connected to. */
export const Explanation = z.object({
  edge: EdgeName,
  instance: z.string(),
  protocol: Protocol,
  steps: z.array(ExplainStep).max(200),
});
export type Explanation = z.infer<typeof Explanation>;
