import { readFileSync } from "node:fs";
import type { LambdaEvent } from "hono/aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Changes } from "../../../../route-api/contract/changes.ts";
import { Health } from "../../../../route-api/contract/health.ts";
import { Problem } from "../../../../route-api/contract/problems.ts";
import { Route } from "../../../../route-api/contract/routes.ts";
import { createLambdaHandler } from "../../../../route-api/http/lambda.ts";
import { openSqlite } from "../../../../route-api/store/sqlite/open.ts";
import { leaveStatus } from "../../../support/sync-status.ts";
import { put } from "../../../support/writes.ts";
import { entryOf, HISTORY, LIMITS, quiet, TOKENS } from "./support.ts";

type GatewayEvent = Extract<LambdaEvent, { rawPath: string }>;

const event = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/lambda/${name}.json`, import.meta.url), "utf8")) as T;
const gateway = event<GatewayEvent>("api-gateway-v2");
const balancer = event<LambdaEvent>("load-balancer");

const store = openSqlite(":memory:");
const handler = createLambdaHandler({ store, tokens: TOKENS, limits: LIMITS, history: HISTORY, log: quiet });
beforeAll(async () => {
  await store.create();
  await leaveStatus(store);
  await put(store, [entryOf("alice"), entryOf("alike", { logins: ["ålice/?@example.com"] })]);
});
afterAll(() => store.close());

/** A request as the gateway hands it over. */
const throughGateway = (method: string, path: string, more: Partial<GatewayEvent> = {}) => ({
  ...gateway,
  rawQueryString: "",
  rawPath: path,
  requestContext: { ...gateway.requestContext, http: { ...gateway.requestContext.http, method, path } },
  ...more,
});

describe("as a function of AWS Lambda", () => {
  test("a look-up through API Gateway", async () => {
    const { statusCode, headers, body, isBase64Encoded } = await handler(gateway);
    expect([statusCode, isBase64Encoded]).toEqual([200, false]);
    expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" });
    expect(Route.parse(JSON.parse(body)).account).toBe("alice@example.com");
  });

  test("a look-up through a load balancer, with a name that is no plain path", async () => {
    const { statusCode, body } = await handler(balancer);
    expect(statusCode).toBe(200);
    expect(Route.parse(JSON.parse(body)).account).toBe("alike@example.com");
  });

  test.each(["alice?x", "alice#x", "alice%", "alice?domain=example.com"])(
    "a path that the gateway has decoded is no other one: %s",
    async (login) => {
      const { statusCode, body } = await handler(throughGateway("GET", `/v1/routes/${login}`));
      expect([statusCode, Problem.parse(JSON.parse(body)).code]).toEqual([404, "unknown-user"]);
    },
  );

  test("a body, in base64 too", async () => {
    const search = JSON.stringify({ match: { attribute: "login", value: "alice" } });
    const headers = { ...gateway.headers, "content-type": "application/json" };
    for (const isBase64Encoded of [false, true]) {
      const body = isBase64Encoded ? Buffer.from(search).toString("base64") : search;
      const post = throughGateway("POST", "/v1/route-searches", { headers, body, isBase64Encoded });
      expect((await handler(post)).statusCode).toBe(200);
    }
  });

  test("refusals are problems here too, and there is no directory to ask", async () => {
    const code = async (request: GatewayEvent) => {
      const { statusCode, headers, body } = await handler(request);
      expect(headers?.["content-type"]).toBe("application/problem+json");
      return `${statusCode} ${Problem.parse(JSON.parse(body)).code}`;
    };
    const { authorization: _, ...anonymous } = gateway.headers;
    expect(await code({ ...gateway, headers: anonymous })).toBe("401 unauthorized");
    expect(await code(throughGateway("PUT", "/v1/routes/alice"))).toBe("405 method-not-allowed");
    const ask = throughGateway("POST", "/v1/pre-authentications", {
      headers: { ...gateway.headers, "content-type": "application/json" },
      body: JSON.stringify({ login: "alice", password: "x" }),
    });
    expect(await code(ask)).toBe("503 directory-unavailable");
  });

  test("changes are polled, also by who wants events: an answer must have an end", async () => {
    const headers = { ...gateway.headers, accept: "text/event-stream" };
    const first = await handler(throughGateway("GET", "/v1/changes", { headers }));
    const { cursor } = Changes.parse(JSON.parse(first.body));
    await store.changes.append([{ kind: "all" }]);
    const poll = throughGateway("GET", "/v1/changes", { headers, rawQueryString: `after=${cursor}&wait=50` });
    expect(Changes.parse(JSON.parse((await handler(poll)).body)).changes).toEqual([{ kind: "all" }]);
  });

  test("health", async () => {
    const { body } = await handler(throughGateway("GET", "/readyz"));
    expect(Health.parse(JSON.parse(body)).status).toBe("ok");
  });
});
