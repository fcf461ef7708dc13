import { z } from "zod";

/** Where routes are kept: a SQLite file on one machine, or a DynamoDB table. */
export const RouteStoreConfig = z.union([
  z.strictObject({ sqlite: z.string().min(1).describe("Path of the SQLite file; made when it is absent.") }),
  z.strictObject({
    dynamodb: z.strictObject({
      table: z.string().min(3).describe("Name of the table."),
      region: z.string().optional().describe("AWS region; by default that of the environment."),
      endpoint: z.url().optional().describe("Another endpoint than AWS's own, for a local double."),
    }),
  }),
]);
export type RouteStoreConfig = z.infer<typeof RouteStoreConfig>;
