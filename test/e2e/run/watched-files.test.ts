import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { routePath } from "../../../route-api/contract/routes.ts";
import { openSqlite } from "../../../route-api/store/sqlite/open.ts";
import { start } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { BASE, person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { makeFolder } from "../../support/workspace.ts";
import { accountOf, runApi } from "../route-api/running-api.ts";

/** How often the edge asks: without a rest, it and the API would take all of the machine from what they wait for. */
const ASK_MS = 5;

let slapd: Slapd;
beforeAll(async () => {
  slapd = await startSlapd(person("alice", ["mail: alice@example.com", "mailHost: store1"]));
});
afterAll(() => slapd?.remove());

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("on %s", (runtime) => {
  test("the edges' token is rotated without a refused request, and without a signal", async () => {
    const api = await runApi(runtime, { entries: [accountOf("alice")] });
    const file = join(api.folder, "mmp.yaml");
    const config = parse(readFileSync(file, "utf8")) as {
      routeApi: { tokens: object[] };
    };
    const write = (name: string, text: string): void => writeFileSync(join(api.folder, name), text);
    const ask = async (token: string): Promise<number> =>
      (await api.fetch(routePath("alice"), { headers: { Authorization: `Bearer ${token}` } })).status;
    let inUse = "edge-token";
    let isOver = false;
    const statuses = new Set<number>();
    const edge = (async () => {
      while (!isOver) {
        statuses.add(await ask(inUse));
        await pause(ASK_MS);
      }
    })();
    const others = config.routeApi.tokens;

    write("edge-token-next", "next-token\n");
    config.routeApi.tokens = [...others, { name: "edge-next", file: "edge-token-next", scopes: ["edge"] }];
    write("mmp.yaml", stringify(config));
    await expect.poll(() => ask("next-token"), { timeout: 20_000 }).toBe(200);
    inUse = "next-token";

    write("edge-token", "next-token\n");
    config.routeApi.tokens = others;
    write("mmp.yaml", stringify(config));
    await expect.poll(() => ask("edge-token"), { timeout: 20_000 }).toBe(401);
    isOver = true;
    await edge;
    expect([...statuses]).toEqual([200]);
    await api.stop();
  });

  test("the API says which settings take effect at the next start", async () => {
    const api = await runApi(runtime, { routeApi: { limits: { bodyBytes: 1000 } } });
    const file = join(api.folder, "mmp.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("bodyBytes: 1000", "bodyBytes: 2000"));
    expect(await api.child.line((line) => line.includes("take effect at the next start"))).toContain(
      '"fields":["routeApi.limits"]',
    );
    await api.stop();
  });

  test("the sync takes a new bind password, and goes on if another file has changed", async () => {
    const folder = makeFolder("watched");
    const config = join(folder.path, "mmp.yaml");
    const password = join(folder.path, "password");
    writeFileSync(password, "an old one\n", { mode: 0o600 });
    const directory = {
      url: slapd.url,
      base: BASE,
      bindDn: slapd.bindDn,
      bindPasswordFile: "password",
      retrySeconds: 60,
    };
    writeFileSync(config, stringify({ routeStore: { sqlite: "routes.db" }, directory }));
    const [program, ...first] = RUNTIMES[runtime];
    const child = start(program, [...first, "sync", "--config", config]);
    await child.line((line) => line.includes("invalid credentials"));
    // It would try again in a minute: a changed file does not wait.
    writeFileSync(password, `${slapd.bindPassword}\n`);
    await child.line((line) => line.includes("full read complete"));
    const store = openSqlite(join(folder.path, "routes.db"));
    expect((await store.find("alice@example.com", "consistent")).is).toBe("found");
    await store.close();
    writeFileSync(config, stringify({ routeStore: { sqlite: "routes.db" }, directory, edge: {} }));
    await expect
      .poll(() => child.lines.filter((line) => line.includes('"configuration reloaded"')).length, {
        timeout: 20_000,
      })
      .toBe(2);
    expect(child.lines.filter((line) => line.includes("full read complete"))).toHaveLength(1);
    expect(await child.stop("SIGTERM")).toBe(0);
    folder.remove();
  });
});
