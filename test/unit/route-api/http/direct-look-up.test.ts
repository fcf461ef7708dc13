import fc from "fast-check";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { routePath } from "../../../../route-api/contract/routes.ts";
import { StoreError } from "../../../../route-api/store/store.ts";
import { put } from "../../../support/writes.ts";
import { entryOf, LIMITS, type TestApi, testApi } from "./support.ts";

/** Two apps over one store: one answers look-ups of edges directly, the other never does. */
let direct: TestApi;
let handlers: TestApi;
/** One that admits nobody whom it does not answer directly. */
let onlyDirect: TestApi;
/** What was logged, and by which. */
const lines: Record<"direct" | "handlers", object[]> = { direct: [], handlers: [] };
let reads: string[] = [];

const logTo = (name: keyof typeof lines) =>
  pino(
    { level: "trace", base: null, timestamp: false },
    { write: (line: string) => lines[name].push(JSON.parse(line)) },
  );

beforeAll(async () => {
  direct = await testApi({ log: logTo("direct") });
  const { store, tail, questions } = direct;
  const shared = { store, tail, questions };
  handlers = await testApi({ ...shared, findToken: () => undefined, log: logTo("handlers") });
  onlyDirect = await testApi({ ...shared, authenticate: () => undefined });
  await put(store, [
    entryOf("alice", {
      logins: ["alice", "alice@example.com", "ålice@example.com", "a+b", "a/b", "a%b", "two"],
    }),
    entryOf("bob", {
      logins: ["bob", "two"],
      disabled: "mailUserStatus: inactive",
      attributes: { cn: ["Bob"] },
    }),
  ]);
  const { find } = store;
  store.find = (login, consistency) => {
    reads.push(`${login} ${consistency}`);
    if (login === "broken") throw new StoreError("throttled", "inside");
    if (login === "late") return Promise.reject(new StoreError("throttled", "inside"));
    const found = find(login, consistency);
    // As of a store that has to wait.
    return login === "a+b" ? Promise.resolve(found) : found;
  };
});
afterAll(() => direct.close());

/** All that a caller, the log, the store and the metrics see of a request. */
async function seen(name: keyof typeof lines, path: string, init: RequestInit): Promise<object> {
  const api = { direct, handlers }[name];
  reads = [];
  lines[name] = [];
  const response = await api.app.request(path, init, { peer: () => "192.0.2.1" });
  const metrics = await (await api.get("/metrics")).text();
  return {
    status: response.status,
    headers: [...response.headers],
    body: await response.text(),
    reads,
    lines: lines[name]
      .filter((line) => !("path" in line && line.path === "/metrics"))
      .map((line) => ({ ...line, durationMs: 0 })),
    counted: metrics
      .split("\n")
      .filter((line) => /^mmp_api_request.*route="(?!\/metrics)/.test(line) && !/_sum|_bucket/.test(line)),
  };
}

const ALICE = routePath("alice");

/** What is asked, and whether the short way is taken. */
const REQUESTS: [path: string, isDirect: boolean, headers?: Record<string, string>, method?: string][] = [
  [ALICE, true],
  [routePath("Alice@EXAMPLE.com"), true],
  [routePath("ålice@example.com"), true],
  [routePath("a+b"), true],
  ["/v1/routes/a+b", true],
  [routePath("a/b"), true],
  [routePath("a%b"), true],
  ["/v1/routes/a%2525b", true],
  [routePath("bob"), true],
  [routePath("nobody"), true],
  [routePath("two"), true],
  [routePath("broken"), true],
  [routePath("late"), true],
  [`${ALICE}?`, true],
  [`${ALICE}?domain=example.com`, true],
  [`${ALICE}?domain=example.org`, true],
  [`${ALICE}?domain=%65xample.com&other=1`, true],
  [`${routePath("bob")}?attributes=cn,mail`, true],
  [`${ALICE}?source=true`, true],
  [ALICE, true, { "X-Session-Id": "session-1" }],
  [ALICE, true, { "Cache-Control": "no-cache" }],
  [ALICE, true, { Authorization: "bearer  edge-token" }],
  [`${ALICE}?domain=`, false],
  [`${ALICE}?domain=a&domain=b`, false],
  [`${ALICE}?source=yes`, false],
  [`${ALICE}?attributes=${"a,".repeat(9)}a`, false],
  [`${routePath("a".repeat(250))}?domain=example.com`, false],
  ["/v1/routes/", false],
  ["/v1/routes/alice/", false],
  ["/v1/routes/alice/x", false],
  ["/v1/routes", false],
  ["/v1/routes/..", false],
  ["/v1/routes/%zz", false],
  ["/v1/routes/%ff", false],
  [routePath("a\r\nb"), false],
  [routePath("å".repeat(128)), false],
  [ALICE, false, { Authorization: "Bearer wrong" }],
  [ALICE, false, { Authorization: "Basic edge-token" }],
  [ALICE, false, { Authorization: "" }],
  [ALICE, false, { Authorization: "Bearer support-token" }],
  [ALICE, false, {}, "HEAD"],
  [ALICE, false, {}, "POST"],
];

test.each(REQUESTS)("%s, directly: %s %j %s", async (path, isDirect, headers = {}, method = "GET") => {
  const token = { Authorization: "Bearer edge-token", "X-Request-Id": "request-1" };
  const init = { method, headers: { ...token, ...headers } };
  expect((await onlyDirect.app.request(path, init)).status !== 401).toBe(isDirect);
  expect(await seen("direct", path, init)).toEqual(await seen("handlers", path, init));
});

test("however a name or a query is written, the same is read and answered", async () => {
  const unit = fc.constantFrom(...["domain", ..."%2540a+?&=/.@ö"]);
  const target = fc.oneof(fc.string({ unit: "binary" }).map(encodeURIComponent), fc.string({ unit }));
  const answer = async ({ app }: TestApi, path: string): Promise<unknown> => {
    reads = [];
    const headers = { Authorization: "Bearer edge-token", "X-Request-Id": "request-1" };
    const response = await app.request(path, { headers });
    return [response.status, await response.text(), reads];
  };
  await fc.assert(
    fc.asyncProperty(target, async (text) => {
      const path = `/v1/routes/${text}`;
      expect(await answer(direct, path)).toEqual(await answer(handlers, path));
    }),
    { numRuns: 300 },
  );
});

/** Another app over the same store, which admits so many requests at once. */
const limitedTo = ({ store, tail, questions }: TestApi, concurrentRequests: number) =>
  testApi({ store, tail, questions, limits: { ...LIMITS, concurrentRequests } });

test("a caller's certificate, a sign-in and the gate are the app's to judge", async () => {
  const init = { headers: { Authorization: "Bearer edge-token" } };
  const status = async (env: object): Promise<number> => (await direct.app.request(ALICE, init, env)).status;
  expect(await status({ barsEdges: true })).toBe(403);
  expect(await status({ signedIn: { name: "x", scopes: [] } })).toBe(403);
  expect((await (await limitedTo(direct, 0)).get(ALICE)).status).toBe(503);
});

test("a place is free again once a look-up has failed", async () => {
  const one = await limitedTo(direct, 1);
  for (const [login, status] of [
    ["broken", 503],
    ["broken", 503],
    ["alice", 200],
  ] as const) {
    expect((await one.get(routePath(login))).status).toBe(status);
  }
});
