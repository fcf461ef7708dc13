import { z } from "zod";
import { Route } from "../../../route-api/contract/routes.ts";

/** What `mmp route --json` prints. */
export const RouteOutput = Route.extend({
  /** With --directory: which attributes give each login name. */
  loginOrigins: z.record(z.string(), z.array(z.string())).optional(),
});
export type RouteOutput = z.infer<typeof RouteOutput>;
