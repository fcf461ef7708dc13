import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { textWidth } from "../../../bin/commands/support/text-width.ts";
import { TokenEntry, TokenList } from "../../../bin/commands/token/entry.ts";
import { Edges } from "../../../route-api/contract/edges.ts";
import type { Schema } from "../../../route-api/http/docs/description.ts";
import { type OutputName, outputSchema } from "../../docs/output-schemas.ts";
import { type AgentsMachine, agentsMachine, type Done } from "../../support/agents-machine.ts";
import { account, type SiteEdge, type SupportSite, supportSite } from "../../support/support-site.ts";
import { eventuallyAsync } from "../../support/wait.ts";
import { put } from "../../support/writes.ts";
import { faultsOf } from "../route-api/json-schema.ts";

/** As long as a name may be; and one of wide characters. */
const LONG = `${"friedrich-wilhelm.".repeat(3)}hohenstein@students.example.org`;
const WIDE = "田中太郎田中太郎田中太郎@例え.example";

let site: SupportSite;
let edge: SiteEdge;
let agent: AgentsMachine;
beforeAll(async () => {
  site = await supportSite();
  agent = agentsMachine(site);
  await put(site.store, [
    { ...account("long", "store1"), account: LONG, logins: [LONG] },
    { ...account("wide", "store1"), account: WIDE, logins: [WIDE] },
  ]);
  edge = await site.edge();
  await eventuallyAsync(
    async () => ((await site.get("/v1/edges", Edges)).edges.length === 1 ? true : undefined),
    "a heartbeat",
  );
  const failed = await edge.login("alcie");
  failed.socket.destroy();
  await edge.login(LONG);
  await edge.login("dave");
});
afterAll(() => site?.remove());

const mmp = (role: string, ...args: string[]): Promise<Done> =>
  agent.run(args, { MMP_TOKEN: `${role}-token` });

const faults = (name: OutputName, form: "published" | "exact", json: string): string[] => {
  const { $schema: _, title: __, ...schema } = outputSchema(name, form);
  return json.split("\n").flatMap((line) => faultsOf({}, schema as Schema, JSON.parse(line)));
};

describe("from an empty folder, with address and token in the environment", () => {
  test.each<[string, string[], number, OutputName]>([
    ["a route", ["route", "alice"], 0, "route"],
    ["no route", ["route", "nobody"], 1, "error"],
    ["a user", ["user", "alice@example.com"], 0, "user"],
    ["a user with a long name", ["user", LONG], 0, "user"],
    ["an unknown user", ["user", "alcie"], 1, "user"],
    ["the sessions", ["sessions"], 0, "sessions"],
    ["the sessions of nobody", ["sessions", "nobody"], 0, "sessions"],
    ["the stores", ["stores"], 0, "stores"],
    ["a store, tried", ["stores", "--probe", "store1", "--why", "ticket 1"], 0, "stores-probe"],
    ["a store that nobody knows, tried", ["stores", "--probe", "none", "--why", "x"], 1, "stores-probe"],
    ["the edges", ["edges"], 0, "edges"],
    ["a kick", ["kick", "bob", "--why", "ticket 2"], 0, "kick"],
    ["what is kept of a user, deleted", ["forget", "bob", "--why", "ticket 3"], 0, "forget"],
    ["a hold", ["hold", "bob", "--seconds", "60", "--why", "ticket 5"], 0, "hold"],
    ["a release", ["release", "bob", "--why", "ticket 5"], 0, "release"],
    ["a trace", ["trace", "bob", "--minutes", "0.02", "--why", "ticket 4"], 0, "trace"],
    ["a kick without a reason", ["kick", "bob"], 2, "error"],
    ["the audit", ["audit"], 0, "audit"],
    ["the token", ["token", "check"], 0, "token-check"],
  ])("%s", async (_, args, code, schema) => {
    const done = await mmp("admin", ...args, "--json");
    expect(done).toMatchObject({ code });
    if (schema !== "error") {
      expect(faults(schema, "published", done.out)).toEqual([]);
      expect(faults(schema, "exact", done.out)).toEqual([]);
    } else if (done.error.startsWith("{")) expect(faults("error", "exact", done.error)).toEqual([]);

    const shown = await agent.onTerminal(args, { MMP_TOKEN: "admin-token" });
    expect(shown.join("\n").length).toBeGreaterThan(0);
    for (const line of shown) {
      expect(line).not.toContain("\u001b");
      // Tables; sentences are the terminal's to wrap.
      if (/ {2}/.test(line.trimStart())) expect(textWidth(line), line).toBeLessThanOrEqual(80);
    }
  });

  test("a role that does not suffice, a token that is none, and no API at all", async () => {
    expect(await mmp("support", "kick", "bob", "--why", "x")).toMatchObject({ code: 2, out: "" });
    expect(await mmp("guessed", "token", "check")).toMatchObject({ code: 2, out: "" });
    const dead = await agent.run(["edges", "--api", "http://127.0.0.1:9", "--json"], { MMP_TOKEN: "x" });
    expect(dead.code).toBe(2);
    expect(faults("error", "exact", dead.error)).toEqual([]);
    const nothing = await agent.run(["edges"]);
    expect(nothing.code).toBe(2);
    expect(nothing.error).toContain("mmp.yaml");
  });
});

test("a token is made, listed and in force within seconds, and never printed", async () => {
  const printed: string[] = [];
  const local = async (...args: string[]): Promise<Done> => {
    const done = await agent.run(["token", ...args, "--config", site.config]);
    printed.push(done.out, done.error);
    return done;
  };
  const made = await local("create", "helpdesk", "--scope", "support", "--json");
  expect(made.code).toBe(0);
  expect(faults("token-create", "exact", made.out)).toEqual([]);
  const entry = TokenEntry.parse(JSON.parse(made.out));
  expect(entry).toEqual({ name: "helpdesk", file: "./secrets/helpdesk-token", scopes: ["support"] });
  const file = join(site.folder, entry.file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const secret = readFileSync(file, "utf8");
  expect(secret).toMatch(/^[\w-]{43}\n$/);

  expect(await local("create", "helpdesk")).toMatchObject({ code: 1 });
  expect(readFileSync(file, "utf8")).toBe(secret);
  expect(await local("create", "admin")).toMatchObject({ code: 1 });
  expect(await local("create", "../admin")).toMatchObject({ code: 2 });
  expect(await local("create", "x", "--scope", "root")).toMatchObject({ code: 2 });

  const configuration = parse(readFileSync(site.config, "utf8")) as { routeApi: { tokens: TokenEntry[] } };
  configuration.routeApi.tokens.push(entry);
  writeFileSync(site.config, stringify(configuration));
  chmodSync(join(site.folder, "edge-token"), 0o600);
  chmodSync(join(site.folder, "support-token"), 0o644);
  chmodSync(join(site.folder, "admin-token"), 0o600);
  const listed = await local("list", "--json");
  expect(listed.code).toBe(0);
  expect(faults("token-list", "exact", listed.out)).toEqual([]);
  const { tokens } = TokenList.parse(JSON.parse(listed.out));
  expect(tokens.map(({ name, readableByAll }) => [name, readableByAll])).toEqual([
    ["edge", false],
    ["support", true],
    ["admin", false],
    ["helpdesk", false],
  ]);
  expect(await local("list")).toMatchObject({ code: 0, out: expect.stringMatching(/^helpdesk +support +/m) });

  const found = await eventuallyAsync(async () => {
    const done = await agent.run(["token", "check", "--token-file", file]);
    return done.code === 0 ? done : undefined;
  }, "an API that takes the token");
  expect(found.out).toBe("The token is helpdesk's; scopes: support");

  expect(await local("create", "helpdesk", "--force")).toMatchObject({ code: 0 });
  const next = readFileSync(file, "utf8");
  expect(next).not.toBe(secret);
  for (const text of printed) {
    expect(text).not.toContain(secret.trim());
    expect(text).not.toContain(next.trim());
  }
});
