import { z } from "zod";
import { givenName } from "./names.ts";

/** Longest UUID of an entry, in characters. */
const UUID_MAX = 1024;

/** Longest password that is checked, in characters. */
export const PASSWORD_MAX = 4096;
const password = z.string().min(1).max(PASSWORD_MAX);

/** Body of `POST /v1/pre-authentications`: a user and the password to check. */
export const PreAuthentication = z.union([
  z.strictObject({
    login: givenName,
    domain: givenName.optional(),
    password,
  }),
  /** The entry of a route, however it was found. */
  z.strictObject({ uuid: z.string().min(1).max(UUID_MAX), password }),
]);
export type PreAuthentication = z.infer<typeof PreAuthentication>;

/** The response. An unknown name looks the same as a wrong password. */
export const PreAuthenticationResult = z.object({
  authenticated: z.boolean(),
  /** The account, if authenticated. */
  account: z.string().optional(),
});
export type PreAuthenticationResult = z.infer<typeof PreAuthenticationResult>;

export const PRE_AUTHENTICATIONS_PATH = "/v1/pre-authentications";
