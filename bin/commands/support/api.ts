import type { z } from "zod";
import { Secret } from "../../../route-api/contract/secret.ts";
import { requireConfiguration } from "../../config/for-command.ts";
import type { Command } from "../../config/needs.ts";
import { readSecret } from "../../config/read-secret.ts";
import { EXIT, Failure } from "../../failure.ts";
import { askFirst, problemOf, problemText, type RouteApiTarget } from "../api-client/ask-first.ts";
import type { JsonAnswer, JsonRequest } from "../api-client/ask-json.ts";
import { tlsFilesOf } from "../api-client/tls-files.ts";

type SupportCommand = Extract<
  Command,
  | "mmp sessions"
  | "mmp kick"
  | "mmp hold"
  | "mmp release"
  | "mmp move"
  | "mmp forget"
  | "mmp edges"
  | "mmp audit"
  | "mmp user"
  | "mmp stores"
  | "mmp trace"
>;

/** How a support command reaches the route API. */
export interface ApiOptions {
  config: string;
  api?: string;
  tokenFile?: string;
  json?: true;
}

/** The route API, as a support agent's commands use it. */
export interface SupportApi {
  /** Rejects with a Failure that says what the API says. */
  get<S extends z.ZodType>(path: string, schema: S, headers?: Record<string, string>): Promise<z.output<S>>;
  /** An action. It takes effect once, though it may be sent to several addresses. */
  send<S extends z.ZodType>(
    method: "POST" | "DELETE",
    path: string,
    body: unknown,
    schema: S,
    headers?: Record<string, string>,
  ): Promise<z.output<S>>;
}

/** Environment variable with a bearer token. */
const TOKEN_VARIABLE = "MMP_TOKEN";
/** Longest wait for an answer: edges may take some seconds, in milliseconds. */
const TIMEOUT_MS = 35_000;

/** Opens the route API that the options of a command name, else that of the configuration. Throws a Failure. */
export function openApi(command: SupportCommand, options: ApiOptions): SupportApi {
  const target = targetOf(command, options);
  const call = <S extends z.ZodType>(
    method: NonNullable<JsonRequest["method"]>,
    path: string,
    body: unknown,
    schema: S,
    more: Record<string, string> = {},
  ): Promise<z.output<S>> => {
    // Sent to the next address, an action is the same one.
    const headers: JsonRequest["headers"] =
      body === undefined ? more : { "Idempotency-Key": crypto.randomUUID(), ...more };
    return askFirst(
      target,
      TIMEOUT_MS,
      (url) => ({ url: new URL(path, url), method, headers, body }),
      (url, answer) => interpret(url, answer, schema),
    );
  };
  return {
    get: (path, schema, headers) => call("GET", path, undefined, schema, headers),
    send: (method, path, body, schema, headers) => call(method, path, body, schema, headers),
  };
}

/** With `--api` and a token nothing else is needed: an agent's own machine has no configuration. */
function targetOf(command: SupportCommand, { config, api, tokenFile }: ApiOptions): RouteApiTarget {
  const given = process.env[TOKEN_VARIABLE];
  const token =
    tokenFile !== undefined
      ? readSecret(tokenFile)
      : given === undefined
        ? undefined
        : new Secret(given.trim());
  if (api !== undefined && token !== undefined) return { urls: [api], token, tls: {} };
  const { routeApi } = requireConfiguration(config, command);
  if (token === undefined)
    throw new Failure(
      `a support or admin token is needed: use --token-file, or set ${TOKEN_VARIABLE}`,
      EXIT.usage,
    );
  return { urls: api === undefined ? routeApi.url : [api], token, tls: tlsFilesOf(routeApi) };
}

function interpret<S extends z.ZodType>(url: string, answer: JsonAnswer, schema: S): z.output<S> {
  if (answer.status === 200) return schema.parse(answer.body);
  const isAnswer = [404, 409, 412].includes(answer.status);
  throw new Failure(problemText(problemOf(url, answer)), isAnswer ? EXIT.failure : EXIT.usage);
}
