import { z } from "zod";
import { NAME_MAX_BYTES } from "./names.ts";

/** Longest identity of an entry, in characters. */
const UUID_MAX = 1024;

/** Longest password that is asked for, in characters. */
export const PASSWORD_MAX = 4096;
const password = z.string().min(1).max(PASSWORD_MAX);

/** Body of `POST /v1/pre-authentications`: is this the user's password in the directory? */
export const PreAuthentication = z.union([
  z.strictObject({
    login: z.string().min(1).max(NAME_MAX_BYTES),
    domain: z.string().min(1).max(NAME_MAX_BYTES).optional(),
    password,
  }),
  /** By the entry that a route named, whatever search found it. */
  z.strictObject({ uuid: z.string().min(1).max(UUID_MAX), password }),
]);
export type PreAuthentication = z.infer<typeof PreAuthentication>;

/** Its answer. That a name is unknown is no different from a wrong password. */
export const PreAuthenticationResult = z.object({
  authenticated: z.boolean(),
  /** The account, where authenticated. */
  account: z.string().optional(),
});
export type PreAuthenticationResult = z.infer<typeof PreAuthenticationResult>;

export const PRE_AUTHENTICATIONS_PATH = "/v1/pre-authentications";
