import pino from "pino";
import { createLambdaHandler } from "../../route-api/http/lambda.ts";
import { openStore } from "../../route-api/store/open.ts";
import { requireConfiguration } from "../config/for-command.ts";
import { bringSecretFiles, REFRESH_SECONDS } from "../secret-files/secret-files.ts";
import { apiTokens } from "./route-api.ts";

/** The route API in AWS Lambda: `lambda.handler`, configured by the file that MMP_CONFIG names. */
const file = process.env.MMP_CONFIG ?? "mmp.yaml";
const secrets = await bringSecretFiles(file);
const configuration = requireConfiguration(file, "mmp route-api");
const { jwt, limits } = configuration.routeApi;
// Written at once: nothing runs between two requests that could write later.
const log = pino({ level: process.env.MMP_LOG_LEVEL ?? "info" });

const answer = createLambdaHandler({
  store: openStore(configuration.routeStore),
  tokens: apiTokens(configuration),
  ...(jwt === undefined ? {} : { jwt }),
  limits,
  history: configuration.history,
  log,
});

let lookedMs = performance.now();

/** Answers a request. It looks for changed tokens first, if that is due: nothing runs between two requests that could. */
export const handler = async (event: Parameters<typeof answer>[0]): ReturnType<typeof answer> => {
  if (secrets !== undefined && performance.now() - lookedMs > REFRESH_SECONDS * 1000) {
    lookedMs = performance.now();
    try {
      if (await secrets.refresh(log))
        answer.replaceTokens(apiTokens(requireConfiguration(file, "mmp route-api")));
    } catch (error) {
      log.error({ error: (error as Error).message }, "secrets not refreshed; the old ones stay in force");
    }
  }
  return answer(event);
};
