import type { z } from "zod";
import { requireConfiguration } from "../../config/for-command.ts";
import type { Command } from "../../config/needs.ts";
import { EXIT, Failure } from "../../failure.ts";
import { askFirst, problemOf, problemText, type RouteApiTarget } from "../api-client/ask-first.ts";
import type { JsonAnswer, JsonRequest } from "../api-client/ask-json.ts";
import { givenTarget, givenToken, type TargetOptions, TOKEN_VARIABLE } from "../api-client/given-target.ts";
import { tlsFilesOf } from "../api-client/tls-files.ts";

type SupportCommand = Extract<
  Command,
  | "mmp sessions"
  | "mmp kick"
  | "mmp lift"
  | "mmp hold"
  | "mmp release"
  | "mmp move"
  | "mmp forget"
  | "mmp edges"
  | "mmp audit"
  | "mmp user"
  | "mmp stores"
  | "mmp token check"
  | "mmp trace"
>;

/** How a support command reaches the route API. */
export interface ApiOptions extends TargetOptions {
  config: string;
  json?: true;
}

/** Parameters by name; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** The route API, as a support agent's commands use it. */
export interface SupportApi {
  /** Rejects with a Failure that says what the API says. */
  get<S extends z.ZodType>(
    path: string,
    schema: S,
    query?: Query,
    headers?: Record<string, string>,
  ): Promise<z.output<S>>;
  /** An action. It takes effect once, though it may be sent to several addresses. */
  send<S extends z.ZodType>(
    method: "POST" | "DELETE",
    path: string,
    body: unknown,
    schema: S,
    headers?: Record<string, string>,
  ): Promise<z.output<S>>;
}

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
    get: (path, schema, query = {}, headers) =>
      call("GET", withQuery(path, query), undefined, schema, headers),
    send: (method, path, body, schema, headers) => call(method, path, body, schema, headers),
  };
}

function withQuery(path: string, query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? path : `${path}?${given}`;
}

/** With `--api` and a token nothing else is needed. */
function targetOf(command: SupportCommand, options: ApiOptions): RouteApiTarget {
  const given = givenTarget(options);
  if (given !== undefined) return given;
  const { config, api } = options;
  const { routeApi } = requireConfiguration(config, command);
  const token = givenToken(options);
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
