import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "ldapts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { routePath } from "../../../route-api/contract/routes.ts";
import { type Child, run, start } from "../../support/child.ts";
import { BASE, person, replacing, type Slapd, startSlapd } from "../../support/slapd.ts";
import { accepting } from "../../support/wait.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";

const CHANGES = 1000;
/** Something is killed after as many changes. */
const PERIOD = 100;
const CHANGED = 200;
const UNTOUCHED = 50;
const REMOVED = 20;
/** The table must be like the directory by then, in milliseconds. */
const LEVEL_MS = 60_000;

/** A process that is killed without warning, and started again at once. */
interface Victim {
  name: string;
  kill(): Promise<void>;
}

let slapd: Slapd;
let folder: { path: string; remove(): void };
const children: Child[] = [];
let config: string;
let apiUrl: string;

beforeAll(async () => {
  folder = makeFolder("faults");
  slapd = await startSlapd(
    [
      ...many("c", CHANGED).map((uid) => person(uid, [`mail: ${uid}@example.com`, "mailHost: store0"])),
      ...many("u", UNTOUCHED).map((uid) => person(uid, [`mail: ${uid}@example.com`, "mailHost: store0"])),
      ...many("r", REMOVED).map((uid) => person(uid, [`mail: ${uid}@example.com`, "mailHost: store0"])),
    ].join(""),
    { sessionLog: 10_000, global: ["sizelimit unlimited"] },
  );
});
afterAll(async () => {
  await Promise.all(children.map((child) => child.stop()));
  await slapd?.remove();
  folder?.remove();
});

test("kills sync, API, table and directory in turn under a thousand changes, and nothing is lost", async () => {
  const dynalitePort = await freePort();
  const apiPort = await freePort();
  apiUrl = `http://127.0.0.1:${apiPort}`;
  config = join(folder.path, "mmp.yaml");
  writeFileSync(join(folder.path, "token"), "a-token\n");
  writeFileSync(join(folder.path, "password"), slapd.bindPassword);
  writeFileSync(
    config,
    stringify({
      routeStore: {
        dynamodb: { table: "mmp", region: "local", endpoint: `http://127.0.0.1:${dynalitePort}` },
      },
      directory: {
        url: slapd.url,
        base: BASE,
        filter: "(objectClass=mailUser)",
        bindDn: slapd.bindDn,
        bindPasswordFile: "password",
        retrySeconds: 0.2,
        lagSeconds: 1,
      },
      routeApi: { listen: `127.0.0.1:${apiPort}`, url: apiUrl, tokenFile: "token" },
      stores: { "*": { imap: { port: 143, tls: "none" }, allowClearText: true } },
      instances: { main: { listeners: [{ protocol: "imap", address: "127.0.0.1", port: 0 }] } },
    }),
  );

  const table = await victim("table", () =>
    launch("node", [
      "node_modules/dynalite/cli.js",
      ...["--host", "127.0.0.1", "--port", String(dynalitePort), "--path", join(folder.path, "table")],
      ...["--createTableMs", "0"],
    ]),
  );
  await accepting(dynalitePort);
  expect((await mmp("route-api", "--create-table")).code).toBe(0);
  const api = await victim("API", () => launch("bun", ["bin/mmp.ts", "route-api", "--config", config]));
  const sync = await victim("sync", () => launch("bun", ["bin/mmp.ts", "sync", "--config", config]));
  await sync.child().line((line) => line.includes("full read complete"));
  await accepting(apiPort);

  const directory: Victim = {
    name: "directory",
    async kill() {
      await slapd.stop("SIGKILL");
      await slapd.start();
    },
  };
  const order: Victim[] = [sync, api, table, directory];
  const watcher = watchUntouched();
  const ldap = patientClient();
  let killed = 0;
  for (let index = 0; index < CHANGES; index++) {
    const uid = `c${index % CHANGED}`;
    const kill = index % PERIOD === PERIOD / 2 ? order[killed++ % order.length]?.kill() : undefined;
    // The change that meets the kill is the one that could be lost.
    await ldap.setHost(uid, `store${index}`);
    await kill;
    if (index % 50 === 0) await ldap.remove(`r${index / 50}`);
  }
  await ldap.close();
  expect(killed).toBeGreaterThanOrEqual(2 * order.length);

  await untilLevel();
  const asked = await watcher.stop();
  expect(asked.wrong).toEqual([]);
  expect(asked.answered).toBeGreaterThan(100);
  expect(await status("c7@example.com")).toBe(`200 store${CHANGES - CHANGED + 7}`);
  expect(await status("r3@example.com")).toBe("404 ");
}, 240_000);

const many = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

function launch(command: string, args: string[]): Child {
  const child = start(command, args);
  children.push(child);
  return child;
}

async function victim(name: string, begin: () => Child): Promise<Victim & { child(): Child }> {
  let child = begin();
  return {
    name,
    child: () => child,
    async kill() {
      await child.stop("SIGKILL");
      child = begin();
    },
  };
}

const mmp = (...words: string[]) => run("bun", ["bin/mmp.ts", ...words, "--config", config]);

/** Makes each change until the directory has taken it. */
function patientClient() {
  let client = new Client({ url: slapd.url, connectTimeout: 1000, timeout: 5000 });
  const patiently = async (work: () => Promise<void>): Promise<void> => {
    for (let tries = 0; ; tries++) {
      try {
        if (!client.isConnected) await client.bind(slapd.bindDn, slapd.bindPassword);
        return await work();
      } catch (error) {
        if (tries > 500) throw error;
        await client.unbind().catch(() => {});
        client = new Client({ url: slapd.url, connectTimeout: 1000, timeout: 5000 });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  return {
    setHost: (uid: string, host: string) =>
      patiently(() => client.modify(`uid=${uid},${BASE}`, replacing("mailHost", host))),
    remove: (uid: string) =>
      patiently(async () => {
        const { searchEntries } = await client.search(BASE, { filter: `(uid=${uid})` });
        if (searchEntries.length > 0) await client.del(`uid=${uid},${BASE}`);
      }),
    close: () => client.unbind(),
  };
}

/** Status and store that the API gives for a login. */
async function status(login: string): Promise<string> {
  const response = await fetch(new URL(routePath(login), apiUrl), {
    headers: { Authorization: "Bearer a-token" },
    signal: AbortSignal.timeout(5000),
  });
  const body = (await response.json()) as { mailHost?: string[] };
  return `${response.status} ${body.mailHost?.[0] ?? ""}`;
}

/** Asks for users whom nobody changes: an API that is out may say so, but never that they are unknown. */
function watchUntouched() {
  let stopped = false;
  const wrong: string[] = [];
  let answered = 0;
  const watching = (async () => {
    for (let index = 0; !stopped; index++) {
      const login = `u${index % UNTOUCHED}@example.com`;
      try {
        const answer = await status(login);
        if (answer === "200 store0") answered++;
        else if (!answer.startsWith("503")) wrong.push(`${login}: ${answer}`);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return { wrong, answered };
    },
  };
}

/** Resolves once `mmp sync verify` finds no difference. */
async function untilLevel(): Promise<void> {
  const deadline = Date.now() + LEVEL_MS;
  for (;;) {
    const { code, output } = await mmp("sync", "verify");
    if (code === 0) return;
    if (Date.now() > deadline) throw new Error(`never level: ${output}`);
  }
}
