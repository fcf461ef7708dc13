import { z } from "zod";
import { filePath } from "../contract/file-paths.ts";
import { allowClearText } from "./values.ts";

/** The route store: a SQLite file on one machine, or a DynamoDB table. */
export const RouteStoreConfig = z.union([
  z.strictObject({ sqlite: filePath("output").describe("Path of the SQLite file; created if absent.") }),
  z.strictObject({
    dynamodb: z.strictObject({
      table: z.string().min(3).describe("Name of the table."),
      region: z.string().optional().describe("AWS region; by default the environment's."),
      endpoint: z.url().optional().describe("Endpoint to use instead of AWS's own, for a local emulator."),
      allowClearText: allowClearText.describe("Permit an http:// endpoint on another machine."),
    }),
  }),
]);
export type RouteStoreConfig = z.infer<typeof RouteStoreConfig>;
