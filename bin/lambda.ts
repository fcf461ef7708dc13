import pino from "pino";
import { createLambdaHandler } from "../route-api/lambda.ts";
import { openStore } from "../route-api/store/open.ts";
import { requireConfiguration } from "./load.ts";
import { apiTokens } from "./parts.ts";

/** The route API in AWS Lambda: `lambda.handler`, with the configuration that MMP_CONFIG names. */
const configuration = requireConfiguration(process.env.MMP_CONFIG ?? "mmp.yaml");
const { jwt, limits } = configuration.routeApi;

export const handler = createLambdaHandler({
  store: openStore(configuration.routeStore),
  tokens: apiTokens(configuration),
  ...(jwt === undefined ? {} : { jwt }),
  limits,
  // Written at once: between two requests nothing runs that could write later.
  log: pino({ level: process.env.MMP_LOG_LEVEL ?? "info" }),
});
