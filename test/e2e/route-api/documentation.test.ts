import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ProblemCode } from "../../../route-api/contract/problems.ts";
import { PROBLEMS } from "../../../route-api/http/problem.ts";
import { DOCUMENTS } from "../../../route-api/sync/notes.ts";
import { run } from "../../support/child.ts";
import { BASE, person, type Slapd, startSlapd } from "../../support/slapd.ts";

import { LOADED } from "../../support/sync-status.ts";
import { put } from "../../support/writes.ts";

import { accountOf, type RunningApi, runApi } from "./running-api.ts";

const text = readFileSync(new URL("../../../docs/route-api.md", import.meta.url), "utf8");

/** Each curl line of the page, with the answer that stands below it. */
const EXAMPLES = [...text.matchAll(/```\n(curl [^\n]+)\n```\n(?:\n```json\n([^\n]+)\n```)?/g)].map(
  ([, line = "", answer]): [string, string | undefined] => [line, answer],
);
/** What differs from run to run. */
const VARYING = ["cursor", "requestId", "seenAt", "write", "key", "at", "until"];

let slapd: Slapd;
let api: RunningApi;
beforeAll(async () => {
  slapd = await startSlapd(person("alice", ["userPassword: secret", "employeeNumber: 6d2d3f1e-0001"]));
  const alice = accountOf("alice", {
    uuid: "6d2d3f1e-0001",
    mailHost: ["store1.example.com"],
    version: "20261124000000.000000Z#000000#000#000000",
    attributes: { cn: ["alice liddell"], o: ["example"] },
  });
  api = await runApi("bun", {
    entries: [alice],
    directory: { url: slapd.url, base: BASE, uuidAttribute: "employeeNumber" },
    status: {
      ...LOADED,
      leader: "sync1:4711",
      method: "syncrepl",
      lagSeconds: 0,
      skippedCount: 1,
      skipped: [{ place: `uid=bob,${BASE}`, reason: "no mailHost" }],
      ambiguousCount: 1,
      ambiguous: [{ name: "info@example.com", dns: [`uid=ann,${BASE}`, `uid=bob,${BASE}`] }],
    },
  });
  await api.store.swapDocument(DOCUMENTS.lease, {}, undefined);
});
afterAll(async () => {
  await api.stop();
  await slapd.remove();
});

test("has an example of each resource", () => {
  const lines = EXAMPLES.map(([line]) => line).join("\n");
  for (const path of [
    "/v1/routes/",
    "/v1/route-searches",
    "/v1/changes",
    "/v1/claims",
    "/v1/pre-authentications",
    "/v1/sync",
    "/v1/edges",
    "/v1/questions/",
    "/v1/sessions",
    "/v1/penalties",
    "/v1/users/",
    "/v1/stores/",
    "/v1/holds",
    "/v1/audit",
    "/v1/token",
    "/v1/traces",
  ]) {
    expect(lines).toContain(`$API${path}`);
  }
});

test("names the request of each command", async () => {
  const { paths } = (await (await api.fetch("/openapi.json")).json()) as { paths: Record<string, object> };
  const rows = [...text.matchAll(/^\| `mmp [^|]+ \| `([A-Z]+) (\S+)` \|$/gm)];
  expect(rows.length).toBeGreaterThan(10);
  for (const [, method = "", path = ""] of rows)
    expect(Object.keys(paths[path] ?? {}), path).toContain(method.toLowerCase());
});

test.each(EXAMPLES)("%s", async (line, answer) => {
  const { cursor } = (await (await api.fetch("/v1/changes")).json()) as { cursor: string };
  await api.store.changes.append([
    {
      kind: "route",
      uuid: "6d2d3f1e-0001",
      account: "alice@example.com",
      names: ["alice", "alice@example.com"],
      write: 1,
    },
  ]);
  const script = [
    `API=${api.url}`,
    `CURSOR='${cursor}'`,
    'EDGE="Authorization: Bearer edge-token"',
    'SUPPORT="Authorization: Bearer support-token"',
    'ADMIN="Authorization: Bearer admin-token"',
    line,
    // The answer's line has no end.
    "echo",
  ].join("\n");
  const { output } = await run("sh", ["-c", script]);
  if (answer === undefined) return expect(output).toContain("event: changes");
  expect(without(JSON.parse(output))).toEqual(without(JSON.parse(answer)));
});

const without = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer), (name, value) => (VARYING.includes(name) ? "" : value));

test("lists every problem with its status", () => {
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (.*) \|$/gm)];
  const listed = rows.map(([, code, status]) => `${code} ${status}`).sort();
  expect(listed).toEqual(ProblemCode.options.map((code) => `${code} ${PROBLEMS[code].status}`).sort());
  for (const [, code = "", , when = ""] of rows) {
    expect(when.includes("Retry-After"), code).toBe("retryAfter" in PROBLEMS[code as ProblemCode]);
  }
});

test("SIGHUP has the tokens read again, and mmp route shows what there is", async () => {
  writeFileSync(join(api.folder, "edge-token"), "another-token\n");
  process.kill(api.child.pid, "SIGHUP");
  await api.child.line((line) => line.includes('"configuration reloaded"'));
  expect((await api.fetch("/v1/routes/alice")).status).toBe(401);
  const config = join(api.folder, "mmp.yaml");
  const route = (...args: string[]) =>
    run("bun", ["bin/mmp.ts", "route", ...args, "--config", config, "--url", api.url]);
  await put(api.store, [
    accountOf("bob", {
      disabled: "mailUserStatus: inactive",
      services: ["+imap:*", "-pop3:ALL"],
      override: { user: "maildrop7", imapPort: 1143 },
    }),
  ]);
  expect(await route("BOB")).toEqual({
    code: 0,
    output: [
      "BOB is the account bob@example.com",
      "  status:   disabled (mailUserStatus: inactive)",
      "  store:    store1",
      "  override: user maildrop7, imapPort 1143",
      "  services: +imap:*; -pop3:ALL",
      "  entry:    uid=bob,dc=example,dc=com",
      "  logins:   bob, bob@example.com",
      "  uuid:     uuid-bob",
      "  version:  1",
    ].join("\n"),
  });
  expect((await route("nobody")).code).toBe(1);
  expect((await run("bun", ["bin/mmp.ts", "route", "bob", "--config", config])).code).toBe(2);
});
