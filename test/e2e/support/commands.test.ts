import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Audit } from "../../../route-api/contract/audit.ts";
import { Edges } from "../../../route-api/contract/edges.ts";
import { Sessions } from "../../../route-api/contract/sessions.ts";
import { run } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { type SiteEdge, type SupportSite, supportSite } from "../../support/support-site.ts";
import { eventuallyAsync } from "../../support/wait.ts";

let site: SupportSite;
let edge: SiteEdge;
beforeAll(async () => {
  site = await supportSite();
  edge = await site.edge();
  await eventuallyAsync(
    async () => ((await site.get("/v1/edges", Edges)).edges.length === 1 ? true : undefined),
    "a heartbeat",
  );
});
afterAll(() => site?.remove());

const token = (role: string): string => join(site.folder, `${role}-token`);
/** Runs a command as on the agent's own machine, without a configuration. */
const mmp = (runtime: RuntimeName, role: string, ...args: string[]) => {
  const [program, ...first] = RUNTIMES[runtime];
  return run(program, [...first, ...args, "--api", site.api, "--token-file", token(role)]);
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the agent's commands on %s", (runtime) => {
  test("show who is connected and which edges there are, end sessions, and say who did so", async () => {
    const [alice, carol] = [await edge.login("alice"), await edge.login("carol")];
    const { code, output } = await mmp(runtime, "support", "sessions", "alice");
    expect(code).toBe(0);
    const [heading = "", line = "", summary] = output.split("\n");
    expect(heading).toMatch(/^SESSION +ACCOUNT +CLIENT +PROTOCOL +STORE +FOR +IN +OUT +EDGE$/);
    expect(line).toContain(` alice@example.com  127.0.0.1:${alice.socket.localPort} `);
    expect(summary).toBe("1 session; 1 edge answered");
    const all = Sessions.parse(JSON.parse((await mmp(runtime, "support", "sessions", "--json")).output));
    expect(all.sessions.map(({ account }) => account)).toEqual(["carol@example.com", "alice@example.com"]);

    const edges = await mmp(runtime, "support", "edges");
    expect(edges.output).toMatch(/^EDGE +STATE +FOR +SESSIONS .*\n\S+:\w+ +running +\d/);
    expect(
      Edges.parse(JSON.parse((await mmp(runtime, "admin", "edges", "--json")).output)).edges,
    ).toHaveLength(1);

    const kicked = await mmp(runtime, "admin", "kick", "alice", "--why", "ticket 7");
    expect(kicked).toEqual({ code: 0, output: "1 session ended; 1 edge answered" });
    expect(await alice.closed()).toContain("* BYE Session ended");
    const sid = all.sessions[0]?.sid ?? "";
    expect((await mmp(runtime, "admin", "kick", "--session", sid, "--why", "x")).output).toContain(
      "1 session",
    );
    await carol.closed();

    const audit = await mmp(runtime, "support", "audit", "--limit", "2");
    expect(audit.output.split("\n").map((row) => row.slice(22).replace(/ +/g, " "))).toEqual([
      "BY ACTION TARGET WHY",
      `admin kick ${sid} x`,
      "admin kick alice@example.com ticket 7",
    ]);
    expect(
      Audit.parse(JSON.parse((await mmp(runtime, "admin", "audit", "--json")).output)).cursor,
    ).toBeUndefined();
  });
});

test.each<[string, string[], number | string, string]>([
  ["no reason", ["kick", "alice"], 2, "required option '--why <text>'"],
  ["nobody to kick", ["kick", "--why", "x"], 2, "name one of a login, --session and --store"],
  ["two to kick", ["kick", "alice", "--store", "s", "--why", "x"], 2, "name one of"],
])("%s is a mistake of the caller", async (_, args, code, text) => {
  const done = await mmp("bun", "admin", ...args);
  expect(done.code).toBe(code);
  expect(done.output).toContain(text);
});

test("the wrong role, a wrong token and a dead API are said in a line", async () => {
  const wrong = await mmp("bun", "support", "kick", "alice", "--why", "x");
  expect(wrong.code).toBe(2);
  expect(wrong.output).toMatch(/^mmp: The token lacks the required scope: .* \(request [\w-]+\)$/);
  writeFileSync(token("none"), "guessed\n");
  expect((await mmp("bun", "none", "edges")).output).toMatch(/^mmp: A valid bearer token is required/);
  const dead = await run("bun", [
    "bin/mmp.ts",
    "edges",
    "--api",
    "http://127.0.0.1:9",
    "--token-file",
    token("support"),
  ]);
  expect(dead.code).toBe(2);
  expect(dead.output).toMatch(/^mmp: the route API at http:\/\/127.0.0.1:9 is unreachable: /);
});

test("the address may come from the configuration, and the token from the environment", async () => {
  const command = `MMP_TOKEN=support-token exec bun bin/mmp.ts edges --json --config ${site.config}`;
  const { code, output } = await run("sh", ["-c", command]);
  expect(code).toBe(0);
  expect(Edges.parse(JSON.parse(output)).edges).toHaveLength(1);
  const none = await run("bun", ["bin/mmp.ts", "edges", "--config", site.config]);
  expect(none.code).toBe(2);
  expect(none.output).toBe("mmp: a support or admin token is needed: use --token-file, or set MMP_TOKEN");
});
