import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Description, Operation } from "../../../route-api/http/docs/description.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { faultsOf, fitting, misfitting } from "./json-schema.ts";
import { accountOf, type RunningApi, runApi, type Scope } from "./running-api.ts";

/** Requests of each kind and operation. */
const RUNS = 40;
/** More than a thousand requests take their time on a busy machine. */
const LIMIT_MS = 180_000;
/** Most of one parameter that goes into a request's first line. */
const LINE_CHARACTERS = 1000;
const SCOPES: readonly Scope[] = ["edge", "support", "admin"];
/** No request is refused for its number here. */
const limits = { requestsPerSecond: 1_000_000, questionMs: 20 };

const entries = [
  accountOf("alice", {
    disabled: "inetUserStatus: inactive",
    services: ["+imap:*"],
    override: { user: "maildrop7", imapPort: 1143 },
    attributes: { cn: ["alice"], o: ["example"] },
  }),
  accountOf("bob", { attributes: { o: ["example"] } }),
  accountOf("one", { logins: ["shared"] }),
  accountOf("two", { logins: ["shared"] }),
];
/** Requests that the generated ones hardly hit: what is found, what is not, what is ambiguous. */
const KNOWN: Record<string, { path?: string; query?: string; body?: unknown }[]> = {
  "get /v1/routes/{login}": [{ path: "alice" }, { path: "bob" }, { path: "ghost" }, { path: "shared" }],
  "post /v1/route-searches": [
    { body: { match: { attribute: "cn", value: "alice" } } },
    { body: { match: { attribute: "o", value: "example" } } },
  ],
  "get /v1/users/{login}": [{ path: "alice" }, { path: "ghost" }, { path: "shared" }, { path: "" }],
  "post /v1/users/{login}/kick": [{ path: "" }],
  "post /v1/stores/{store}/kick": [{ path: "" }],
  "delete /v1/sessions/{sid}": [{ path: "" }],
  "post /v1/users/{login}/hold": [{ path: "bob", body: { why: "x", seconds: 60 } }, { path: "ghost" }],
  "put /v1/edges/{edge}": [{ path: "" }],
  "put /v1/edges/{edge}/logins/{batch}": [{ path: "" }],
  "put /v1/edges/{edge}/penalties/{batch}": [{ path: "" }],
  "get /v1/penalties": [{ query: "login=shared" }],
  "delete /v1/penalties": [{ query: "login=shared", body: { why: "x" } }],
  "delete /v1/users/{login}/history": [{ path: "" }, { path: "shared" }],
  "put /v1/questions/{id}/answers/{edge}": [{ path: "" }],
  "post /v1/claims": [{ body: { names: ["shared", "maildrop7"] } }],
  "post /v1/pre-authentications": [{ body: { login: "alice", password: "x" } }],
};

interface Request {
  method: string;
  path: string;
  scope?: Scope | undefined;
  headers?: Record<string, string>;
  body?: string;
}

/** The path with its parameters, all the same. */
const filled = (path: string, parameter: string): string => path.replaceAll(/\{\w+\}/g, parameter);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("what the API says of itself, on %s", (runtime) => {
  let api: RunningApi;
  let description: Description;
  const seen = new Map<string, Set<number>>();
  beforeAll(async () => {
    api = await runApi(runtime, { entries, routeApi: { limits } });
    description = (await (await fetch(`${api.url}/openapi.json`)).json()) as Description;
  });
  afterAll(() => api.stop());

  /** Sends a request; the answer must be one that the operation declares. Gives its status. */
  async function ask(name: string, operation: Operation, request: Request): Promise<number> {
    const { method, path, scope, headers, body } = request;
    const response = await fetch(api.url + path, {
      method,
      headers: { ...(scope && { Authorization: `Bearer ${scope}-token` }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const { status } = response;
    const answer = `${status} ${text.slice(0, 300)} to ${JSON.stringify(request).slice(0, 500)}`;
    const declared = operation.responses[status];
    expect(declared, answer).toBeDefined();
    seen.set(name, (seen.get(name) ?? new Set()).add(status));
    if (declared?.content !== undefined && Object.keys(declared.content).length === 0) {
      expect(text).toBe("");
      return status;
    }
    const [type = ""] = (response.headers.get("Content-Type") ?? "").split(";");
    const media = declared?.content[type];
    expect(media, `${type}: ${answer}`).toBeDefined();
    const faults = faultsOf(description.components.schemas, media?.schema ?? {}, JSON.parse(text));
    expect(faults, answer).toEqual([]);
    return status;
  }

  const operations = (): [string, Operation, string, string][] =>
    Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation, string, string] => [
        `${method} ${path}`,
        operation,
        method.toUpperCase(),
        path,
      ]),
    );
  const scopesOf = (operation: Operation): Scope[] => (operation["x-scopes"] ?? []) as Scope[];

  /** Requests to an operation, of which parameters and body fit, or do not. */
  function requests(operation: Operation, method: string, path: string, isGood: boolean) {
    const { schemas } = description.components;
    const make = isGood ? fitting : misfitting;
    const parameters = operation.parameters.map(({ name, in: place, required, schema }) => {
      const values = make(schemas, schema).map((value) =>
        typeof value === "string" ? value : JSON.stringify(value),
      );
      const value = required ? values : fc.option(values, { nil: undefined });
      return value.map((text) => ({ name, place, text }));
    });
    const media = operation.requestBody?.content["application/json"];
    const body = media === undefined ? fc.constant(undefined) : make(schemas, media.schema);
    return fc.tuple(fc.tuple(...parameters), body).map(([given, content]): Request => {
      let filled = path;
      const query = new URLSearchParams();
      const headers: Record<string, string> =
        content === undefined ? {} : { "Content-Type": "application/json" };
      for (const { name, place, text: whole } of given) {
        // A longer line is the HTTP server's to refuse, without a word of the API.
        const cut = whole?.slice(0, LINE_CHARACTERS);
        // A path of dots would be another path.
        const text = place === "path" && /^\.{1,2}$/.test(cut ?? "") ? "dots" : cut;
        if (place === "path") filled = filled.replace(`{${name}}`, () => encodeURIComponent(text ?? ""));
        else if (text === undefined) continue;
        else if (place === "query") query.append(name, text);
        else headers[name] = text.replace(/[^\x21-\x7e]/g, "").slice(0, 100);
      }
      return {
        method,
        path: query.size === 0 ? filled : `${filled}?${query}`,
        headers,
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      };
    });
  }

  test("has every resource of the contract", () => {
    expect(
      operations()
        .map(([name]) => name)
        .sort(),
    ).toEqual([
      "delete /v1/penalties",
      "delete /v1/sessions/{sid}",
      "delete /v1/stores/{store}/hold",
      "delete /v1/traces/{id}",
      "delete /v1/users/{login}/history",
      "delete /v1/users/{login}/hold",
      "get /livez",
      "get /readyz",
      "get /v1/audit",
      "get /v1/changes",
      "get /v1/edges",
      "get /v1/holds",
      "get /v1/penalties",
      "get /v1/routes/{login}",
      "get /v1/sessions",
      "get /v1/stores",
      "get /v1/sync",
      "get /v1/token",
      "get /v1/traces/{id}",
      "get /v1/users/{login}",
      "post /v1/claims",
      "post /v1/pre-authentications",
      "post /v1/route-searches",
      "post /v1/stores/{store}/hold",
      "post /v1/stores/{store}/kick",
      "post /v1/stores/{store}/probe",
      "post /v1/sync/release",
      "post /v1/traces",
      "post /v1/users/{login}/hold",
      "post /v1/users/{login}/kick",
      "put /v1/edges/{edge}",
      "put /v1/edges/{edge}/logins/{batch}",
      "put /v1/edges/{edge}/penalties/{batch}",
      "put /v1/questions/{id}/answers/{edge}",
      "put /v1/traces/{id}/reports/{edge}/{first}",
    ]);
  });

  test(
    "is so of requests that fit",
    async () => {
      for (const [name, operation, method, path] of operations()) {
        const [scope] = scopesOf(operation);
        await fc.assert(
          fc.asyncProperty(requests(operation, method, path, true), async (request) => {
            await ask(name, operation, { ...request, scope });
          }),
          { numRuns: RUNS },
        );
        for (const { path: login = "", body } of KNOWN[name] ?? []) {
          await ask(name, operation, {
            method,
            path: filled(path, login),
            scope,
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            ...(body === undefined ? {} : { headers: { "Content-Type": "application/json" } }),
          });
        }
      }
    },
    LIMIT_MS,
  );

  test(
    "is so of requests that do not fit",
    async () => {
      for (const [name, operation, method, path] of operations()) {
        const [scope] = scopesOf(operation);
        await fc.assert(
          fc.asyncProperty(requests(operation, method, path, false), async (request) => {
            const status = await ask(name, operation, { ...request, scope });
            expect(status === 500, JSON.stringify(request)).toBe(false);
          }),
          { numRuns: RUNS },
        );
      }
    },
    LIMIT_MS,
  );

  test("is so of tokens that are missing, wrong, or for something else", async () => {
    for (const [name, operation, method, path] of operations()) {
      const scopes = scopesOf(operation);
      const [request] = fc.sample(requests(operation, method, path, true), 1);
      if (request === undefined || scopes.length === 0) continue;
      const sent = { ...request, path: filled(path, "alice") };
      expect(await ask(name, operation, sent)).toBe(401);
      const wrong = { ...sent.headers, Authorization: "Bearer guessed" };
      expect(await ask(name, operation, { ...sent, headers: wrong })).toBe(401);
      for (const scope of SCOPES.filter((each) => !scopes.includes(each))) {
        expect(await ask(name, operation, { ...sent, scope })).toBe(403);
      }
    }
  });

  test("is so of bodies that are none", async () => {
    for (const [name, operation, method, path] of operations()) {
      if (operation.requestBody === undefined) continue;
      const [scope] = scopesOf(operation);
      const send = (body: string, type = "application/json") =>
        ask(name, operation, {
          method,
          // A number is also a name.
          path: filled(path, "1"),
          scope,
          body,
          headers: { "Content-Type": type },
        });
      expect(await send('{"match":')).toBe(400);
      expect(await send("")).toBe(400);
      expect(await send("[".repeat(50_000))).toBe(400);
      expect(await send("{}", "text/plain")).toBe(415);
      expect(await send(" ".repeat(70_000))).toBe(413);
    }
  });

  test("and each of these answers has been seen", () => {
    const statuses = Object.fromEntries([...seen].map(([name, set]) => [name, [...set].sort()]));
    expect(statuses).toMatchObject({
      "get /livez": [200],
      "get /v1/changes": [200, 400, 401, 403],
      "get /v1/routes/{login}": [200, 400, 401, 404, 409],
      "get /v1/sync": [200, 401, 403],
      "post /v1/claims": [200, 400, 401, 403, 413, 415],
      "post /v1/pre-authentications": [400, 401, 403, 413, 415, 503],
      "post /v1/route-searches": [200, 400, 401, 404, 409, 413, 415],
      "get /v1/edges": [200, 401, 403],
      "delete /v1/sessions/{sid}": [200, 400, 401, 403, 404, 413, 415],
      "get /v1/audit": [200, 400, 401, 403],
      "get /v1/stores": [200, 401, 403],
      "get /v1/token": [200, 401],
      "get /v1/sessions": [200, 400, 401, 403],
      "get /v1/users/{login}": [200, 400, 401, 403, 404, 409],
      "post /v1/users/{login}/kick": [200, 400, 401, 403, 404, 413, 415],
      "get /v1/holds": [200, 401],
      "post /v1/users/{login}/hold": [200, 400, 401, 403, 404, 413, 415],
      "put /v1/questions/{id}/answers/{edge}": [400, 401, 403, 404, 410, 413, 415],
      "put /v1/edges/{edge}": [204, 400, 401, 403, 404, 413, 415],
    });
  });
});
