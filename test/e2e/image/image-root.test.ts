import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Built, buildTarget } from "../../../infra/image/build.ts";
import { TARGETS, type Target } from "../../../infra/image/targets.ts";
import { agentsMachine } from "../../support/agents-machine.ts";
import { type Child, run } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { cannotEnter, type ImageRoot, unpackImage } from "../../support/image-root.ts";
import { BASE, person, startSlapd } from "../../support/slapd.ts";
import { supportSite } from "../../support/support-site.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";

const target = TARGETS.find(({ nodeArch }) => nodeArch === process.arch) as Target;
const out = makeFolder("image-build");
const obstacle = cannotEnter();
const children: Child[] = [];
let image: Built;
let root: ImageRoot;

beforeAll(() => {
  image = buildTarget(target, out.path);
  if (obstacle === undefined) root = unpackImage(image.archive);
});
afterAll(async () => {
  await Promise.all(children.map((child) => child.stop()));
  root?.remove();
  out.remove();
});

const started = (args: string[]): Child => {
  const child = root.start(args);
  children.push(child);
  return child;
};

/** Runs to the end: its exit code and what it said. */
async function mmp(...args: string[]): Promise<[number | string, string]> {
  const child = root.start(args);
  const code = await child.exited;
  return [code, child.lines.join("\n")];
}

describe("the compiled binary", () => {
  test("knows its version and its configuration's schema, wherever it is started", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await run(image.executable, ["--version"])).toEqual({ code: 0, output: version });
    const { output } = await run(image.executable, ["check", "--schema"]);
    expect(JSON.parse(output)).toMatchObject({ properties: { instances: {} } });
  });

  test("is all that a support agent needs on a machine of their own", async () => {
    const site = await supportSite();
    const agent = agentsMachine(site, [image.executable]);
    const token = { MMP_TOKEN: "support-token" };
    expect(await agent.run(["token", "check"], token)).toMatchObject({
      code: 0,
      out: "The token is support's; scopes: support",
    });
    expect((await agent.run(["route", "alice"], token)).out).toMatch(
      /^alice is the account alice@example.com$/m,
    );
    expect((await agent.run(["completion", "bash"])).out).toMatch(/^complete -F _mmp mmp$/m);
    await site.remove();
  });

  test("is packed into the same bytes each time", () => {
    const before = readFileSync(image.archive);
    buildTarget(target, out.path);
    expect(readFileSync(image.archive).equals(before)).toBe(true);
  });
});

describe.skipIf(obstacle !== undefined)(`in the image's root${obstacle ? `: ${obstacle}` : ""}`, () => {
  test("runs everything as its user on a read-only root: logins, API, pages, health, and a drain with BYE", async () => {
    const flags = ["imap", "imaps", "pop3", "pop3s", "api"].map((name) => `--${name}-port`);
    const ports: number[] = [];
    for (const _flag of flags) ports.push(await freePort());
    const [imap = 0, imaps = 0, , pop3s = 0, api = 0] = ports;
    const options = flags.flatMap((flag, index) => [flag, String(ports[index])]);
    const child = started(["up", "--demo", "--data", "/var/lib/mmp/demo", ...options]);
    await child.line((line) => line.startsWith("Log: "));
    expect(readFileSync(`/proc/${child.pid}/status`, "utf8")).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);

    const curl = (...args: string[]) => run("curl", ["-sS", "-k", "--max-time", "20", ...args]);
    const alice = await curl("--user", "alice@example.com:demo", `imaps://127.0.0.1:${imaps}/INBOX;UID=1`);
    expect(alice.output).toContain("This is the mailbox of alice@example.com on store1.example.com");
    const bob = await curl("--user", "bob@example.com:demo", `pop3s://127.0.0.1:${pop3s}/1`);
    expect(bob.output).toContain("This is the mailbox of bob@example.com on store2.example.com");
    const page = (path: string) => fetch(`http://127.0.0.1:${api}${path}`);
    expect(await (await page("/docs")).text()).toContain("<!doctype html>");
    expect(await (await page("/openapi.json")).json()).toMatchObject({ openapi: "3.1.0" });
    const config = ["--config", "/var/lib/mmp/demo/mmp.yaml"];
    const [, route] = await mmp("route", "carol@example.com", ...config);
    expect(route).toMatch(/store: +store1\.example\.com/);
    expect(await mmp("health", ...config)).toEqual([0, "5 of 5 answer."]);

    const client = await lineClient(imap);
    await client.until(/^\* OK .*\r\n/);
    client.send("a LOGIN dave@example.org demo\r\n");
    await client.until(/^a OK .*\r\n/m);
    child.stop();
    expect(await client.closed()).toMatch(/^\* BYE .*\r\n$/m);
    expect(await child.exited).toBe(0);
    const [code, faults] = await mmp("health", ...config);
    expect(code).toBe(1);
    expect(faults.split("\n")).toHaveLength(5);
  });

  test("syncs from a directory server into a SQLite store in its volume, by a configuration that it cannot write", async () => {
    const slapd = await startSlapd(person("alice", ["mail: alice@example.com", "mailHost: store1"]));
    const file = (name: string): string => join(root.configuration, name);
    writeFileSync(file("ldap"), `${slapd.bindPassword}\n`);
    writeFileSync(file("token"), "a-token\n");
    writeFileSync(
      file("mmp.yaml"),
      stringify({
        routeStore: { sqlite: "/var/lib/mmp/routes.db" },
        directory: { url: slapd.url, base: BASE, bindDn: slapd.bindDn, bindPasswordFile: "ldap" },
        routeApi: { tokenFile: "token" },
        stores: { "*": { imap: { port: 143, tls: "none" }, allowClearText: true } },
        instances: { main: { listeners: [{ protocol: "imap", port: 1143 }] } },
      }),
    );
    try {
      const expected = "1 entry read: 1 written, 0 unchanged, 0 removed";
      expect(await mmp("sync", "--once")).toEqual([0, expected]);
      expect(existsSync(join(root.data, "routes.db"))).toBe(true);
      const [, status] = await mmp("sync", "status", "--json");
      expect(JSON.parse(status)).toMatchObject({ state: "stopped" });
    } finally {
      await slapd.remove();
    }
  });

  test("cannot write outside of its volume", async () => {
    const [code, text] = await mmp("up", "--demo", "--data", "/etc/demo");
    expect(code).toBe(1);
    expect(text).toMatch(/EROFS/);
  });
});
