import { z } from "zod";
import { Scope } from "../../../route-api/contract/tokens.ts";

/** What `mmp token create --json` prints: the entry for routeApi.tokens. */
export const TokenEntry = z.object({
  name: z.string(),
  /** As it stands in the configuration. */
  file: z.string(),
  scopes: z.array(Scope),
});
export type TokenEntry = z.infer<typeof TokenEntry>;

/** What `mmp token list --json` prints. */
export const TokenList = z.object({
  tokens: z.array(
    TokenEntry.extend({
      /** Whether every user of the machine can read the file. */
      readableByAll: z.boolean(),
    }),
  ),
});
export type TokenList = z.infer<typeof TokenList>;
