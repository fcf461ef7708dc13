import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Child } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import {
  type EdgeProcess,
  type InstancesSite,
  instancesSite,
  lives,
  servedBy,
  USER,
} from "../../support/instances-site.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { eventually } from "../../support/wait.ts";

let site: InstancesSite;
const running: Child[] = [];
let snapshots = 0;

beforeAll(async () => {
  site = await instancesSite();
});
beforeEach(() => site.startApi());
afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.stop("SIGKILL")));
  await site.stopApi();
});
afterAll(() => site?.remove());

const IMAP = { protocol: "imap" };

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("without the route API, on %s", (runtime) => {
  async function edgeOf(workers: number, edge: object = {}): Promise<EdgeProcess> {
    const config = await site.write("stable.yaml", { main: { listeners: [IMAP], workers } }, { edge });
    const process = await site.edge(RUNTIMES[runtime], config);
    running.push(process.child);
    return process;
  }
  /** What a login is told. */
  async function logIn(port: number, user = USER): Promise<string> {
    const client = await lineClient(port);
    client.send(`a LOGIN ${user} x\r\n`);
    const told = await client.until(/^a (OK|NO) .*\r\n/m);
    client.socket.destroy();
    return /^a (\w+( \[\w+\])?)/m.exec(told)?.[1] ?? told;
  }

  test("every worker serves a user whom one of them has served", async () => {
    const edge = await edgeOf(2);
    const port = edge.port("main");
    const first = await servedBy(edge, port);
    await site.stopApi();
    const pids = new Set<number>();
    // By chance all could be of one worker: once in a million runs.
    for (let at = 0; at < 20; at++) pids.add(await servedBy(edge, port));
    expect(pids).toContain(first);
    expect(pids.size).toBe(2);
    // Nobody is called unknown whom nobody could look up.
    expect(await logIn(port, "stranger@example.com")).toBe("NO [UNAVAILABLE]");
  });

  test("a worker that was started again serves users whom the others know", async () => {
    const edge = await edgeOf(2);
    const port = edge.port("main");
    const pids = new Set<number>();
    while (pids.size < 2) pids.add(await servedBy(edge, port));
    await site.stopApi();
    const [victim = 0] = pids;
    process.kill(victim, "SIGKILL");
    await edge.told("worker started");
    expect(lives(victim)).toBe(false);
    const served = new Set<number>();
    while (served.size < 2) served.add(await servedBy(edge, port));
    expect(served).not.toContain(victim);
  });

  test.each([1, 2])(
    "an edge of %i that was stopped serves whom it knew when it starts again",
    async (workers) => {
      const snapshotFile = join(site.folder, `routes-${snapshots++}.snapshot`);
      const before = await edgeOf(workers, { snapshotFile });
      expect(await logIn(before.port("main"))).toBe("OK");
      await site.stopApi();
      await before.child.stop();
      const files = readdirSync(site.folder).filter((name) => name.startsWith(basename(snapshotFile)));
      expect(files).toHaveLength(workers);
      for (const name of files) expect(statSync(join(site.folder, name)).mode & 0o777).toBe(0o600);
      const after = await edgeOf(workers, { snapshotFile });
      expect(await logIn(after.port("main"))).toBe("OK");
      expect(await logIn(after.port("main"), "stranger@example.com")).toBe("NO [UNAVAILABLE]");
    },
  );
});

test("connections of a client at several workers count together", async () => {
  const LIMIT = 3;
  const config = await site.write("limited.yaml", {
    main: { listeners: [IMAP], workers: 2, limits: { connectionsPerClient: LIMIT } },
  });
  const edge = await site.edge(RUNTIMES.node, config);
  running.push(edge.child);
  const open = [];
  const greeted = async (): Promise<boolean> => {
    const client = await lineClient(edge.port("main"));
    const greeting = await client.until(/\r\n/).catch(() => "");
    if (!greeting.startsWith("* OK")) return false;
    open.push(client);
    return true;
  };
  // Past what each worker may have let in before it heard of the other nobody comes in.
  const refusals: boolean[] = [];
  while (refusals.length < 20) {
    if (await greeted()) refusals.length = 0;
    else refusals.push(true);
  }
  expect(open.length).toBeGreaterThanOrEqual(LIMIT);
  expect(open.length).toBeLessThanOrEqual(2 * LIMIT);
  const line = await eventually(
    () => edge.child.lines.find((text) => text.includes('"reason":"client-limit"')),
    "a line of a refused connection",
  );
  expect(JSON.parse(line)).toMatchObject({ msg: "session", instance: "main" });
});
