import { handle, type LambdaEvent } from "hono/aws-lambda";
import { type BuildOptions, buildApi } from "./build.ts";

/** Upper limit for long polls, in milliseconds: API Gateway times out after 29 seconds. */
const LAMBDA_WAIT_MS = 20_000;

/**
 * The route API as an AWS Lambda function, behind a load balancer, a function URL or API Gateway (HTTP or REST API). It
 * has no access to a directory, and its long polls are short: the change feed is better served by the service.
 */
export function createLambdaHandler(options: Omit<BuildOptions, "directory" | "maxWaitMs">) {
  const { app, replaceTokens } = buildApi({ ...options, maxWaitMs: LAMBDA_WAIT_MS });
  const { fetch } = app;
  // A function returns its response as a whole, so event streams are impossible: answer with JSON instead.
  app.fetch = (request, ...rest) => {
    request.headers.delete("Accept");
    return fetch(request, ...rest);
  };
  const handler = handle(app);
  const answer = (event: LambdaEvent) => handler(withEncodedPath(event));
  return Object.assign(answer, { replaceTokens });
}

/**
 * API Gateway's HTTP APIs decode the path, other front ends do not: characters that cannot occur in an encoded path are
 * encoded again, so that a login name cannot extend into the query.
 */
const withEncodedPath = <E extends LambdaEvent>(event: E): E => {
  if ("rawPath" in event) return { ...event, rawPath: encodePath(event.rawPath) };
  return "httpMethod" in event ? { ...event, path: encodePath(event.path) } : event;
};

const encodePath = (path: string): string =>
  path.replace(/[?#]|%(?![0-9A-Fa-f]{2})/g, (character) => encodeURIComponent(character));
