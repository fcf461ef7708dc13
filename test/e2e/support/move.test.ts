import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { Edges } from "../../../route-api/contract/edges.ts";
import { Holds } from "../../../route-api/contract/holds.ts";
import { type Child, run, start } from "../../support/child.ts";
import { type LineClient, lineClient } from "../../support/clients/line-client.ts";
import { logIn } from "../../support/clients/logins.ts";
import { PASSWORD, RUNTIMES, type RunningEdge, type Site, startSite } from "../../support/site.ts";
import { eventually, eventuallyAsync } from "../../support/wait.ts";

/** One site of two Dovecots, a directory that is followed, and two edges that cache routes. */
let site: Site;
let folder: string;
let api: string;
let edges: RunningEdge[];
let sync: Child;
beforeAll(async () => {
  site = await startSite({ freshSeconds: 60, staleSeconds: 60 });
  folder = dirname(site.config);
  const config = parse(readFileSync(site.config, "utf8")) as {
    routeApi: { url: string } & object;
    instances: { main: { limits: object } };
  };
  api = config.routeApi.url;
  const tokens = [{ name: "admin", scopes: ["admin"], file: file("admin-token", "an-admin-token\n") }];
  // A busy machine must not make an edge silent, nor a login late.
  Object.assign(config.routeApi, { tokens, limits: { questionMs: 5000 } });
  Object.assign(config.instances.main.limits, { loginSeconds: 60 });
  writeFileSync(site.config, stringify(config));
  file("directory-password", `${site.slapd.bindPassword}\n`);
  await site.startApi();
  sync = start("node", [...RUNTIMES.node.slice(1), "sync", "--config", site.config]);
  await sync.line((line) => line.includes("full read complete"));
  edges = [await site.startEdge("bun"), await site.startEdge("node")];
  await eventuallyAsync(
    async () => ((await get("/v1/edges", Edges)).edges.length === 2 ? true : undefined),
    "two heartbeats",
  );
});
afterAll(async () => {
  await sync?.stop();
  await site?.remove();
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
async function get<T>(path: string, schema: { parse(value: unknown): T }): Promise<T> {
  const response = await fetch(api + path, { headers: { Authorization: "Bearer an-admin-token" } });
  return schema.parse(await response.json());
}
const held = async (): Promise<string[]> => (await get("/v1/holds", Holds)).accounts.map((one) => one.id);

const access = (): string[] => [
  "--api",
  api,
  "--token-file",
  join(folder, "admin-token"),
  "--config",
  site.config,
];
const startMmp = (...args: string[]): Child =>
  start("node", [...RUNTIMES.node.slice(1), ...args, ...access(), "--why", "a test"]);
const ask = (...args: string[]) => run("node", [...RUNTIMES.node.slice(1), ...args, ...access()]);
const mmp = (...args: string[]) => ask(...args, "--why", "a test");

/** A login by IMAP, and what it sees: which store it is at, or the words that refuse it. */
interface Seen {
  atMs: number;
  at: string;
  client: LineClient;
}
async function logInAt(port: number, user: string): Promise<Seen> {
  const atMs = performance.now();
  const client = await lineClient(port);
  const said = await logIn(client, "imap", "PLAIN", user, PASSWORD);
  if (!/^a OK/m.test(said)) return { atMs, at: said, client };
  client.send("b SELECT INBOX\r\nc FETCH 1 BODY.PEEK[TEXT]\r\n");
  const [, at = "nothing"] = /Mail of \S+ on (\w+)\./.exec(await client.until(/^c OK[^\n]*\n/m)) ?? [];
  return { atMs, at, client };
}
const portOf = (number: number): number => edges[number % edges.length]?.ports.imap ?? 0;
const loginsIn = (log: string, user: string): number => log.split(`Login: user=<${user}>`).length - 1;

test("a move under load: no login fails, none is at the old store while it is copied, nor afterwards", async () => {
  const user = "mover@example.com";
  const open = await Promise.all([0, 1, 2, 3].map((number) => logInAt(portOf(number), user)));
  expect(open.map(({ at }) => at)).toEqual(["store1", "store1", "store1", "store1"]);
  const logins: Promise<Seen>[] = [];
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  const load = (async () => {
    for (let number = 0; !isOver; number++) {
      logins.push(
        logInAt(portOf(number), user).then((seen) => {
          seen.client.send("d LOGOUT\r\n");
          return seen;
        }),
      );
      // A failure before the end is this test's, and must not be nobody's.
      logins.at(-1)?.catch(() => {});
      await pause(50);
    }
  })();
  await eventually(() => (logins.length > 10 ? true : undefined), "load");
  const copying = join(folder, "copying");
  // While the mailbox is copied.
  const copy = `touch ${copying}; sleep 1.5`;
  const moving = startMmp(
    ...["move", user, "--to", "store2", "--copy", copy, "--ldap-modify"],
    ...["--bind-dn", site.slapd.bindDn, "--bind-password-file", join(folder, "directory-password")],
  );
  await Promise.race([
    eventually(() => (existsSync(copying) ? true : undefined), "a copy"),
    moving.exited.then((code) => {
      throw new Error(`mmp move ended with ${code}: ${moving.lines.join("\n")}`);
    }),
  ]);
  const copyingMs = performance.now();
  const before = loginsIn(site.stores.store1.log(), user);
  for (const { client } of open) expect(await client.closed()).toContain("* BYE Session ended");
  expect(await moving.exited, moving.lines.join("\n")).toBe(0);
  const movedMs = performance.now();
  const after = await logInAt(portOf(0), user);
  isOver = true;
  await load;
  const seen = [...(await Promise.all(logins)), after];
  expect(seen.filter(({ at }) => !/^store[12]$/.test(at)).map(({ at }) => at)).toEqual([]);
  expect(seen.filter(({ at, atMs }) => at === "store1" && atMs > copyingMs)).toEqual([]);
  expect(loginsIn(site.stores.store1.log(), user)).toBe(before);
  // Those that came meanwhile have waited, and are at the new store.
  expect(seen.filter(({ at, atMs }) => at === "store2" && atMs < movedMs).length).toBeGreaterThan(10);
  expect(after.at).toBe("store2");
  expect(moving.lines.at(-1)).toMatch(/^mover@example\.com is at store2; logins have waited for [\d.]+ s/);
  await eventuallyAsync(async () => ((await held()).length === 0 ? true : undefined), "no hold");
});

test("a move that is interrupted says what it leaves behind, and goes on from there", async () => {
  const move = ["move", "alice@example.com", "--to", "store2", "--seconds", "60"];
  const early = startMmp(...move, "--ldap-modify", "--bind-dn", "cn=x", "--bind-password-file", site.config);
  expect(await early.exited).toBe(2);
  expect(await held()).toEqual([]);

  const first = startMmp(...move);
  await first.line((line) => line.startsWith("then set mailHost of uid=alice"));
  const [id = ""] = await held();
  const waiting = logInAt(portOf(1), "alice@example.com");
  expect(await first.stop("SIGINT")).toBe(1);
  expect(first.lines.join("\n")).toContain(`--resume ${id}`);
  expect(await held()).toEqual([id]);
  const shown = (await ask("user", "alice@example.com")).output;
  expect(shown).toMatch(/hold: +new logins wait until \S+: a test \(admin, /);
  expect(shown).toMatch(/^hold +warning .*account-held: logins wait/m);
  expect(shown).toMatch(/^\S+ +alice@example\.com .* \(held\) /m);
  // Nobody else moves it meanwhile.
  const other = await mmp(...move);
  expect([other.code, other.output]).toEqual([1, expect.stringContaining("Another hold is in force")]);

  const second = startMmp(...move, "--resume", id);
  await second.line((line) => line.startsWith("then set mailHost"));
  await second.stop("SIGKILL");
  expect(await held()).toEqual([id]);
  expect((await mmp("release", "alice@example.com", "--id", id)).code).toBe(0);
  expect((await waiting).at).toBe("store1");
  (await waiting).client.socket.destroy();
  expect(await held()).toEqual([]);

  const copied = startMmp(...move, "--copy", "exit 3");
  expect(await copied.exited).toBe(1);
  expect(copied.lines.join("\n")).toContain("the hold is released");
  expect(await held()).toEqual([]);
});

test("logins of a store on hold wait until it is released", async () => {
  expect((await mmp("hold", "--store", "store2", "--seconds", "60")).output).toMatch(
    /store2 is on hold until .*; 2 edges answered/,
  );
  let isIn = false;
  const waiting = Promise.all(
    edges.map(({ ports }) => logInAt(ports.imap, "bob@example.com").finally(() => (isIn = true))),
  );
  const elsewhere = await logInAt(portOf(0), "alice@example.com");
  expect([elsewhere.at, isIn]).toEqual(["store1", false]);
  expect((await mmp("release", "--store", "store2")).code).toBe(0);
  expect((await waiting).map(({ at }) => at)).toEqual(["store2", "store2"]);
  for (const { client } of [elsewhere, ...(await waiting)]) client.socket.destroy();
});
