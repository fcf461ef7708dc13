import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { routePath } from "../../../../route-api/contract/routes.ts";
import { Secret } from "../../../../route-api/contract/secret.ts";
import { createTokenSet } from "../../../../route-api/http/token.ts";
import { problemOf, type TestApi, TOKENS, testApi } from "./support.ts";

const compared = vi.spyOn(crypto, "timingSafeEqual");
syncBuiltinESMExports();

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => {
  compared.mockRestore();
  syncBuiltinESMExports();
  return api.close();
});

test.each([
  ["none", undefined, "Bearer"],
  ["a wrong one", "Bearer wrong", 'Bearer error="invalid_token"'],
  ["a longer one", "Bearer edge-token2", 'Bearer error="invalid_token"'],
  ["an empty one", "Bearer ", "Bearer"],
  ["two", "Bearer edge-token edge-token", "Bearer"],
  ["another scheme", "Basic edge-token", "Bearer"],
])("%s is refused", async (_name, header, challenge) => {
  const headers = header === undefined ? {} : { Authorization: header };
  for (const path of [routePath("alice"), "/v1/changes", "/v1/sync", "/v1/nowhere"]) {
    const response = await api.app.request(path, { headers });
    expect(response.headers.get("WWW-Authenticate")).toBe(challenge);
    expect(await problemOf(response)).toBe("401 unauthorized");
  }
});

test("each scope may do what it is for, and no more", async () => {
  const search = { match: { attribute: "cn", value: "x" } };
  const preAuthentication = { login: "alice", password: "x" };
  const table: Record<string, number[]> = {};
  for (const scope of ["edge", "support", "admin"] as const) {
    table[scope] = [
      (await api.get(routePath("alice"), scope)).status,
      (await api.post("/v1/route-searches", search, scope)).status,
      (await api.get("/v1/changes", scope)).status,
      (await api.post("/v1/pre-authentications", preAuthentication, scope)).status,
      (await api.get("/v1/sync", scope)).status,
    ];
  }
  expect(table).toEqual({
    edge: [404, 404, 200, 503, 403],
    support: [404, 404, 403, 403, 200],
    admin: [404, 404, 200, 403, 200],
  });
  const refused = await api.get("/v1/sync", "edge");
  expect(refused.headers.get("WWW-Authenticate")).toBe(
    'Bearer error="insufficient_scope", scope="support admin"',
  );
});

describe("the configured tokens", () => {
  test("are all compared, each in full, whatever is given and wherever it is found", () => {
    const tokens = createTokenSet(TOKENS);
    for (const given of ["edge-token", "admin-token", "e", "", "x".repeat(5000)]) {
      compared.mockClear();
      tokens.find(given);
      // Digests of SHA-256: neither a token's length nor where it differs can be told.
      expect(compared.mock.calls.map(([digest]) => digest.byteLength)).toEqual([32, 32, 32]);
    }
  });

  test("have the first name under which they stand", () => {
    const [edge, ...others] = ["edge", "edge.next"].map((name) => ({
      name,
      scopes: [],
      secret: new Secret("x"),
    }));
    expect(createTokenSet([...(edge ? [edge] : []), ...others]).find("x")?.name).toBe("edge");
  });

  test("can be exchanged", () => {
    const tokens = createTokenSet(TOKENS);
    expect(tokens.find("support-token")).toEqual({ name: "support", scopes: ["support"] });
    tokens.replace([{ name: "new", scopes: ["admin"], secret: new Secret("new one") }]);
    expect(tokens.find("support-token")).toBeUndefined();
    expect(tokens.find("new one")).toEqual({ name: "new", scopes: ["admin"] });
  });
});
