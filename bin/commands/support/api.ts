import { readFileSync } from "node:fs";
import { request } from "node:http";
import { request as requestTls } from "node:https";
import type { z } from "zod";
import { Problem } from "../../../route-api/contract/problems.ts";
import { Secret } from "../../../route-api/contract/secret.ts";
import { requireConfiguration } from "../../config/for-command.ts";
import type { Command } from "../../config/needs.ts";
import { readSecret } from "../../config/read-secret.ts";
import { EXIT, Failure } from "../../failure.ts";
import type { TlsFiles } from "../route/ask-json.ts";

type SupportCommand = Extract<
  Command,
  "mmp sessions" | "mmp kick" | "mmp edges" | "mmp audit" | "mmp user" | "mmp stores"
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
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  /** An action; `key` makes it take effect once, however often it is sent. */
  send<S extends z.ZodType>(
    method: "POST" | "DELETE",
    path: string,
    body: unknown,
    schema: S,
  ): Promise<z.output<S>>;
}

interface Target {
  urls: readonly string[];
  token: Secret;
  tls: TlsFiles;
}

/** Environment variable with a bearer token. */
const TOKEN_VARIABLE = "MMP_TOKEN";
/** Longest wait for an answer: edges may take some seconds, in milliseconds. */
const TIMEOUT_MS = 35_000;

/** Opens the route API that the options of a command name, else that of the configuration. Throws a Failure. */
export function openApi(command: SupportCommand, options: ApiOptions): SupportApi {
  const target = targetOf(command, options);
  const call = async <S extends z.ZodType>(
    method: string,
    path: string,
    body: unknown,
    schema: S,
  ): Promise<z.output<S>> => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      Authorization: `Bearer ${target.token.reveal()}`,
      // Sent to the next address, an action is the same one.
      ...(text === undefined
        ? {}
        : {
            "Content-Type": "application/json",
            "Content-Length": String(Buffer.byteLength(text)),
            "Idempotency-Key": crypto.randomUUID(),
          }),
    };
    const failures: string[] = [];
    for (const url of target.urls) {
      try {
        const answer = await exchange(new URL(path, url), { method, headers, body: text, tls: target.tls });
        return interpret(url, answer, schema);
      } catch (error) {
        if (error instanceof Failure) throw error;
        failures.push(`the route API at ${url} is unreachable: ${(error as Error).message}`);
      }
    }
    throw new Failure(failures.join("\n"), EXIT.usage);
  };
  return {
    get: (path, schema) => call("GET", path, undefined, schema),
    send: (method, path, body, schema) => call(method, path, body, schema),
  };
}

/** With `--api` and a token nothing else is needed: an agent's own machine has no configuration. */
function targetOf(command: SupportCommand, { config, api, tokenFile }: ApiOptions): Target {
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
  const { caFile, clientCertFile, clientKeyFile, url } = routeApi;
  const tls = { ca: pem(caFile), cert: pem(clientCertFile), key: pem(clientKeyFile) };
  return { urls: api === undefined ? url : [api], token, tls };
}

const pem = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, "utf8");

interface Exchange {
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  tls: TlsFiles;
}

function exchange(
  url: URL,
  { method, headers, body, tls }: Exchange,
): Promise<{ status: number; body: unknown }> {
  const given = Object.fromEntries(Object.entries(tls).filter(([, text]) => text !== undefined));
  const options = { method, headers };
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === "https:" ? requestTls(url, { ...options, ...given }) : request(url, options);
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
    sent.once("error", reject);
    sent.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        try {
          const read: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
          resolve({ status: response.statusCode ?? 0, body: read });
        } catch {
          reject(new Error("the answer is not JSON"));
        }
      });
    });
    sent.end(body);
  });
}

function interpret<S extends z.ZodType>(
  url: string,
  { status, body }: { status: number; body: unknown },
  schema: S,
): z.output<S> {
  if (status === 200) return schema.parse(body);
  const problem = Problem.safeParse(body);
  if (!problem.success)
    throw new Failure(`${url} is not a route API: it answered with status ${status}`, EXIT.usage);
  const { title, detail, requestId } = problem.data;
  throw new Failure(
    `${title}${detail === undefined ? "" : `: ${detail}`} (request ${requestId})`,
    status === 404 || status === 409 ? EXIT.failure : EXIT.usage,
  );
}
