import pino from "pino";
import { createLambdaHandler } from "../../route-api/http/lambda.ts";
import { openStore } from "../../route-api/store/open.ts";
import { requireConfiguration } from "../config/require.ts";
import { bringSecretFiles, REFRESH_SECONDS } from "../secret-files/secret-files.ts";
import { apiTokens } from "./parts.ts";

/** The route API in AWS Lambda: `lambda.handler`, with the configuration that MMP_CONFIG names. */
const file = process.env.MMP_CONFIG ?? "mmp.yaml";
const secrets = await bringSecretFiles(file);
const configuration = requireConfiguration(file);
const { jwt, limits } = configuration.routeApi;
// Written at once: between two requests nothing runs that could write later.
const log = pino({ level: process.env.MMP_LOG_LEVEL ?? "info" });

const answer = createLambdaHandler({
  store: openStore(configuration.routeStore),
  tokens: apiTokens(configuration),
  ...(jwt === undefined ? {} : { jwt }),
  limits,
  log,
});

let lookedMs = performance.now();

/** Looks for changed tokens before a request, where it is time to: between two nothing runs that could. */
export const handler = async (event: Parameters<typeof answer>[0]): ReturnType<typeof answer> => {
  if (secrets !== undefined && performance.now() - lookedMs > REFRESH_SECONDS * 1000) {
    lookedMs = performance.now();
    try {
      if (await secrets.refresh()) answer.replaceTokens(apiTokens(requireConfiguration(file)));
    } catch (error) {
      log.error({ error: (error as Error).message }, "secrets cannot be read: the old ones stay in force");
    }
  }
  return answer(event);
};
