import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Description, Operation } from "../../../../route-api/http/docs/description.ts";
import { type TestApi, testApi } from "./support.ts";

let api: TestApi;
let description: Description;
beforeAll(async () => {
  api = await testApi();
  description = (await (await api.app.request("/openapi.json")).json()) as Description;
});
afterAll(() => api.close());

const operations = (): [path: string, method: string, operation: Operation][] =>
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      path,
      method,
      operation,
    ]),
  );

describe("what linters of OpenAPI ask for", () => {
  test("the description says where the API is, under which licence, and what its tags mean", () => {
    expect(description.servers).toEqual([{ url: "/", description: expect.stringMatching(/./) }]);
    expect(description.info).toMatchObject({ license: { identifier: "Apache-2.0" }, contact: {} });
    expect(description.tags.every(({ description: text }) => text !== "")).toBe(true);
  });

  test("each operation has an id of its own, a tag, a description, and says whether it needs a token", () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = new Set(description.tags.map(({ name }) => name));
    for (const [path, method, operation] of operations()) {
      const { operationId, tags: own, description: text, security, responses } = operation;
      const name = `${method} ${path}`;
      expect(operationId, name).toMatch(/^[a-z][A-Za-z]+$/);
      expect(
        own.some((tag) => tags.has(tag)),
        name,
      ).toBe(true);
      expect(text, name).toMatch(/./);
      expect(security, name).toEqual(path.startsWith("/v1/") ? [{ bearer: [] }] : []);
      expect(operation["x-scopes"] !== undefined, name).toBe(path.startsWith("/v1/"));
      expect(
        Object.keys(responses).some((status) => status.startsWith("4")),
        name,
      ).toBe(true);
    }
  });

  test("no path can be taken for another", () => {
    const shapes = Object.keys(description.paths).map((path) => path.replace(/\{\w+\}/g, "[^/]+"));
    for (const path of Object.keys(description.paths)) {
      const fitting = shapes.filter((shape) => new RegExp(`^${shape}$`).test(path.replace(/\{\w+\}/g, "x")));
      expect(fitting, path).toHaveLength(1);
    }
  });
});

test("bounds that are checked are in the schema", () => {
  const login = description.paths["/v1/routes/{login}"]?.get?.parameters[0]?.schema;
  expect(login).toMatchObject({ minLength: 1, maxLength: 255, pattern: expect.stringMatching(/u0000/) });
  expect(login?.description).toMatch(/255 bytes/);
  expect(description.components.schemas.RouteSearch?.properties?.base).toMatchObject({ format: "dn" });
  const wait = description.paths["/v1/changes"]?.get?.parameters.find(({ name }) => name === "wait");
  expect(wait).toMatchObject({ required: false, schema: { type: "number", minimum: 0, maximum: 55 } });
});

test.each(["", "%20", "0x1", "+1", "-1", "56", "1s", "Infinity"])("a wait of %j is refused", async (wait) => {
  expect((await api.get(`/v1/changes?wait=${wait}`, "edge")).status).toBe(400);
});

test.each(["0", "0.01", "1e-2"])("a wait of %s is taken", async (wait) => {
  expect((await api.get(`/v1/changes?wait=${wait}`, "edge")).status).toBe(200);
});

test("a login named search has its path to itself", async () => {
  const headers = { Authorization: "Bearer edge-token" };
  const response = await api.app.request("/v1/routes/search", { method: "OPTIONS", headers });
  expect(response.headers.get("Allow")).toBe("GET, HEAD");
});

test("a base that is no DN is refused", async () => {
  const search = { match: { attribute: "cn", value: "x" } };
  expect((await api.post("/v1/route-searches", { ...search, base: "example.com" })).status).toBe(400);
  expect((await api.post("/v1/route-searches", { ...search, base: "dc=example" })).status).toBe(404);
});
