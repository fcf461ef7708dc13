import { Problem } from "../../../route-api/contract/problems.ts";
import type { Secret } from "../../../route-api/contract/secret.ts";
import { EXIT, Failure } from "../../failure.ts";
import { askJson, type JsonAnswer, type JsonRequest, type TlsFiles } from "./ask-json.ts";

/** How a route API is reached. */
export interface RouteApiTarget {
  /** Tried in order. */
  urls: readonly string[];
  token: Secret;
  tls: TlsFiles;
}

/** Says why an address could not be asked. */
export type Unreachable = (url: string, error: Error) => string;

/** Asks the route API at the first address that answers. Throws a Failure if none does within `timeoutMs`. */
export async function askFirst<T>(
  { urls, token, tls }: RouteApiTarget,
  timeoutMs: number,
  requestTo: (url: string) => JsonRequest,
  interpret: (url: string, answer: JsonAnswer) => T,
  why: Unreachable = unreachableText,
): Promise<T> {
  const failures: string[] = [];
  for (const url of urls) {
    try {
      const { headers, ...request } = requestTo(url);
      const authorized = { ...headers, Authorization: `Bearer ${token.reveal()}` };
      return interpret(url, await askJson({ ...request, headers: authorized }, tls, timeoutMs));
    } catch (error) {
      if (error instanceof Failure) throw error;
      failures.push(why(url, error as Error));
    }
  }
  throw new Failure(failures.join("\n"), EXIT.usage);
}

/** The problem that an answer other than success tells of. Throws a Failure if no route API can have sent it. */
export function problemOf(url: string, { status, body }: JsonAnswer): Problem {
  const problem = Problem.safeParse(body);
  if (problem.success) return problem.data;
  throw new Failure(`${url} is not a route API: it answered with status ${status}`, EXIT.usage);
}

/** `not-found: no such session (request 7f3a)` */
export const problemText = ({ title, detail, requestId }: Problem): string =>
  `${title}${detail === undefined ? "" : `: ${detail}`} (request ${requestId})`;

export const unreachableText: Unreachable = (url, { message }) =>
  `the route API at ${url} is unreachable: ${message}`;
