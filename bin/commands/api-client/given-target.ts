import { Secret } from "../../../route-api/contract/secret.ts";
import { readSecret } from "../../config/read-secret.ts";
import type { RouteApiTarget } from "./ask-first.ts";

/** Where a command's options say that the route API is. */
export interface TargetOptions {
  api?: string;
  tokenFile?: string;
}

/** Environment variable with a bearer token. */
export const TOKEN_VARIABLE = "MMP_TOKEN";

/** The token of the option's file, else of the environment. Throws a Failure. */
export function givenToken({ tokenFile }: TargetOptions): Secret | undefined {
  if (tokenFile !== undefined) return readSecret(tokenFile);
  const given = process.env[TOKEN_VARIABLE]?.trim();
  return given === undefined || given === "" ? undefined : new Secret(given);
}

/** The route API where options and environment say all of it: an agent's own machine has no configuration. */
export function givenTarget(options: TargetOptions): RouteApiTarget | undefined {
  const token = givenToken(options);
  return options.api === undefined || token === undefined
    ? undefined
    : { urls: [options.api], token, tls: {} };
}
