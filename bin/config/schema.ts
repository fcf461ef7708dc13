import { z } from "zod";
import { InstanceConfig } from "../../edge-proxy/config/instance.ts";
import { EdgeConfig } from "../../edge-proxy/config/limits.ts";
import { Stores } from "../../edge-proxy/config/stores.ts";
import { DirectoryConfig } from "../../route-api/config/directory.ts";
import { HistoryConfig } from "../../route-api/config/history.ts";
import { RouteApiConfig } from "../../route-api/config/route-api.ts";
import { RouteStoreConfig } from "../../route-api/config/route-store.ts";

/** The whole of mmp.yaml. `needs.ts` says which sections each command needs. */
export const Configuration = z.strictObject({
  routeStore: RouteStoreConfig.optional().describe("Where routes are kept."),
  directory: DirectoryConfig.optional().describe("The directory that routes come from."),
  routeApi: RouteApiConfig.optional().describe("The route API, and where edges find it."),
  stores: Stores.optional().describe(
    'How to reach the stores that mailHost names; "*" is for those that have no entry.',
  ),
  history: HistoryConfig.prefault({}).describe("What the route store keeps of logins, for support."),
  edge: EdgeConfig.prefault({}).describe("What the instances of one process share."),
  instances: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/, "must be of letters, digits and hyphens"), InstanceConfig)
    .optional()
    .describe("Multiplexors, each with its listeners, TLS and limits."),
});
export type Configuration = z.infer<typeof Configuration>;
