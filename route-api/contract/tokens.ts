import { z } from "zod";

/** What a token permits. */
export const Scope = z.enum(["edge", "support", "admin"]);
export type Scope = z.infer<typeof Scope>;

/** Response of `GET /v1/token`: the bearer of the request's token. */
export const TokenInfo = z.object({
  /** The token's name in the configuration, or `jwt:` and the subject. */
  name: z.string(),
  scopes: z.array(Scope),
});
export type TokenInfo = z.infer<typeof TokenInfo>;

export const TOKEN_PATH = "/v1/token";
