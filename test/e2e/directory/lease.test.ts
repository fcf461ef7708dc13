import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "ldapts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { Change } from "../../../route-api/contract/changes.ts";
import { openSqlite } from "../../../route-api/store/sqlite/open.ts";
import type { RouteStore } from "../../../route-api/store/store.ts";
import { type Child, run, start } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { BASE, person, replacing, type Slapd, startSlapd } from "../../support/slapd.ts";
import { makeFolder } from "../../support/workspace.ts";
import { administrator, dnOf, until } from "./synced-store.ts";

const folder = makeFolder("leader");
let slapd: Slapd;
let admin: Client;
beforeAll(async () => {
  slapd = await startSlapd(
    ["a", "b"].map((uid) => person(uid, [`mail: ${uid}@x.com`, "mailHost: s1"])).join(""),
  );
  admin = await administrator(slapd);
  writeFileSync(join(folder.path, "secret"), `${slapd.bindPassword}\n`);
});
afterAll(async () => {
  await admin.unbind();
  await slapd.remove();
  folder.remove();
});

function configFile(name: string, directory: object): string {
  const file = join(folder.path, `${name}.yaml`);
  writeFileSync(
    file,
    stringify({
      routeStore: { sqlite: `${name}.db` },
      directory,
      routeApi: { tokenFile: "secret" },
      stores: { "*": { imap: { port: 143 } } },
      instances: {},
    }),
  );
  return file;
}

const setHost = (uid: string, host: string): Promise<void> =>
  admin.modify(dnOf(uid), replacing("mailHost", host));
const hostOf = async (store: RouteStore, login: string): Promise<string | undefined> => {
  const found = await store.find(login, "consistent");
  return found.is === "found" ? found.entry.mailHost[0] : undefined;
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("two syncs of one table on %s", (runtime) => {
  test("one leads; when it is killed the other goes on within seconds, and nothing happens twice", async () => {
    const { url, bindDn } = slapd;
    const directory = { url, base: BASE, bindDn, bindPasswordFile: "secret" };
    const config = configFile(runtime, directory);
    const [program, ...args] = RUNTIMES[runtime];
    const begin = (): Child => start(program, [...args, "sync", "--config", config]);
    await setHost("a", "s1");
    const children: Child[] = [];
    const store = openSqlite(join(folder.path, `${runtime}.db`));
    try {
      await store.create();
      const first = begin();
      children.push(first);
      await first.line((line) => line.includes('"full read complete"'));
      const second = begin();
      children.push(second);
      await second.line((line) => line.includes("another sync leads"));
      const { cursor } = await store.changes.after(undefined, 100);
      const told = async (): Promise<Change[]> => (await store.changes.after(cursor, 1000)).items;
      await setHost("a", "s2");
      await until("s2", async () => (await told()).length === 1);
      expect(await hostOf(store, "a")).toBe("s2");

      await first.stop("SIGKILL");
      const killedMs = performance.now();
      await setHost("a", "s3");
      await until("s3", async () => (await hostOf(store, "a")) === "s3");
      expect(performance.now() - killedMs).toBeLessThan(15_000);
      expect(await second.line((line) => line.includes('"sync leads"'))).toContain('"unclean":true');
      await until("the changes", async () => (await told()).length >= 3);
      const kinds = (await told()).map((change) => (change.kind === "route" ? change.account : change.kind));
      expect(kinds).toEqual(["a@x.com", "all", "a@x.com"]);
      // It goes on from the first one's cookie.
      expect(second.lines.some((line) => line.includes("full read complete"))).toBe(false);

      // One that ends by itself leaves the lease at once.
      expect(await second.stop()).toBe(0);
      const third = begin();
      children.push(third);
      expect(await third.line((line) => line.includes('"sync leads"'))).toContain('"unclean":false');
      await setHost("a", "s4");
      await until("s4", async () => (await hostOf(store, "a")) === "s4");
      await until("its change", async () => (await told()).length >= 4);
      expect(await told()).toHaveLength(4);
      expect(await third.stop()).toBe(0);

      const verified = await run(program, [...args, "sync", "verify", "--config", config]);
      expect(verified).toEqual({
        code: 0,
        output: "2 usable entries in the directory, 2 in the route store: 0 differences",
      });
      await setHost("a", "s5");
      const differs = await run(program, [...args, "sync", "verify", "--config", config]);
      expect(differs.code).toBe(1);
      expect(differs.output).toMatch(/^different uid=a,dc=example,dc=com \(.*\): mailHost, version\n.*\n?/);
    } finally {
      await Promise.all(children.map((child) => child.stop("SIGKILL")));
      await store.close();
    }
  });
});

test("a sync that is stopped for longer than its lease does not write when it goes on", async () => {
  const { url, bindDn } = slapd;
  const config = configFile("stopped", { url, base: BASE, bindDn, bindPasswordFile: "secret" });
  await setHost("a", "s1");
  const store = openSqlite(join(folder.path, "stopped.db"));
  await store.create();
  const begin = (): Child => start("bun", ["bin/mmp.ts", "sync", "--config", config]);
  const first = begin();
  await first.line((line) => line.includes('"full read complete"'));
  const second = begin();
  try {
    await second.line((line) => line.includes("another sync leads"));
    process.kill(first.pid, "SIGSTOP");
    // It finds this change when it goes on, before the one that the other has written.
    await setHost("a", "s2");
    await second.line((line) => line.includes('"sync leads"'));
    await setHost("a", "s3");
    await until("s3", async () => (await hostOf(store, "a")) === "s3");
    process.kill(first.pid, "SIGCONT");
    await first.line((line) => line.includes("lease lost"));
    expect(await hostOf(store, "a")).toBe("s3");
    await setHost("a", "s4");
    await until("s4", async () => (await hostOf(store, "a")) === "s4");
  } finally {
    await Promise.all([first, second].map((child) => child.stop("SIGKILL")));
    await store.close();
  }
});
