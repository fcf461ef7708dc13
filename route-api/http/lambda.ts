import { handle, type LambdaEvent } from "hono/aws-lambda";
import { type BuildOptions, buildApi } from "./build.ts";

/** API Gateway gives up after 29 seconds, in milliseconds. */
const LAMBDA_WAIT_MS = 20_000;

/**
 * The route API as a function of AWS Lambda, behind a load balancer, a function URL or API Gateway (HTTP and REST). It
 * has no directory to ask, and long polls end early: the change feed is better served by the service.
 */
export function createLambdaHandler(options: Omit<BuildOptions, "directory" | "maxWaitMs">) {
  const { app, replaceTokens } = buildApi({ ...options, maxWaitMs: LAMBDA_WAIT_MS });
  const { fetch } = app;
  // A function's answer goes out once it is whole, and a stream of events never is: they are answered as a poll.
  app.fetch = (request, ...rest) => {
    request.headers.delete("Accept");
    return fetch(request, ...rest);
  };
  const handler = handle(app);
  const answer = (event: LambdaEvent) => handler(withEncodedPath(event));
  return Object.assign(answer, { replaceTokens });
}

/**
 * Gateways of type HTTP decode the path, others do not: what cannot stand in an encoded path is encoded again, so that
 * no login name reaches into the query.
 */
const withEncodedPath = <E extends LambdaEvent>(event: E): E => {
  if ("rawPath" in event) return { ...event, rawPath: encodePath(event.rawPath) };
  return "httpMethod" in event ? { ...event, path: encodePath(event.path) } : event;
};

const encodePath = (path: string): string =>
  path.replace(/[?#]|%(?![0-9A-Fa-f]{2})/g, (character) => encodeURIComponent(character));
