import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Child } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import {
  type EdgeProcess,
  type InstancesSite,
  imapSession,
  instancesSite,
  servedBy,
} from "../../support/instances-site.ts";
import { samplesOf } from "../../support/scrape.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { freePort } from "../../support/workspace.ts";

let site: InstancesSite;
const running: Child[] = [];

beforeAll(async () => {
  site = await instancesSite();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.stop("SIGKILL")));
});
afterAll(() => site?.remove());

/** The samples of a scrape, by name and labels. */
async function scrape(port: number): Promise<Record<string, number>> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  return samplesOf(await response.text());
}

const LIVE = 'mmp_edge_sessions{instance="main",protocol="imap",tls="none"}';
const SESSIONS = 'mmp_edge_sessions_total{instance="main",protocol="imap"}';
const LOGINS = 'mmp_edge_logins_total{instance="main",protocol="imap",tls="none",mechanism="LOGIN"}';
const STORE_BYTES = 'mmp_edge_bytes_total{instance="main",protocol="imap",from="store"}';
/** What an edge without sessions has. */
const AT_REST = {
  [LIVE]: 0,
  'mmp_edge_store_sessions{store="store"}': 0,
  'mmp_edge_store_logins{store="store"}': 0,
  'mmp_edge_store_logins_waiting{store="store"}': 0,
  'mmp_edge_held_bytes{where="login"}': 0,
  'mmp_edge_held_bytes{where="relay"}': 0,
};

const settled = (assertion: () => Promise<void>): Promise<void> =>
  vi.waitFor(assertion, { timeout: 20_000, interval: 50 });

async function edgeOf(runtime: RuntimeName, workers: number, metricsListen: string): Promise<EdgeProcess> {
  const instances = {
    main: { listeners: [{ protocol: "imap" }], workers, limits: { failedLoginSeconds: 0 } },
  };
  const config = await site.write("metrics.yaml", instances, { edge: { metricsListen } });
  const edge = await site.edge(RUNTIMES[runtime], config);
  running.push(edge.child);
  return edge;
}
const portOf = async (edge: EdgeProcess): Promise<number> => Number((await edge.told("metrics served")).port);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("metrics of the edge, on %s", (runtime) => {
  test("all workers are in one answer, and gauges return to zero", async () => {
    const edge = await edgeOf(runtime, 2, "127.0.0.1:0");
    const port = await portOf(edge);
    const clients = [];
    for (let at = 0; at < 8; at++) clients.push(await imapSession(edge.port("main")));
    const stranger = await lineClient(edge.port("main"));
    stranger.send("a LOGIN stranger@example.com x\r\n");
    await stranger.until(/^a NO .*\r\n/m);
    expect(await scrape(port)).toMatchObject({
      mmp_edge_processes: 2,
      [LIVE]: 9,
      [LOGINS]: 8,
      'mmp_edge_login_failures_total{instance="main",protocol="imap",code="unknown-user"}': 1,
      'mmp_edge_store_sessions{store="store"}': 8,
      'mmp_edge_store_attempts_total{store="store",outcome="ok"}': 8,
      'mmp_edge_login_seconds_count{step="total"}': 8,
      'mmp_edge_login_seconds_bucket{step="route",le="+Inf"}': 8,
    });
    const idle = (await scrape(port))[STORE_BYTES] ?? 0;
    for (const client of clients) client.send("echo\r\n");
    await Promise.all(clients.map((client) => client.until(/^echo\r\n/m)));
    expect((await scrape(port))[STORE_BYTES]).toBe(idle + 8 * "echo\r\n".length);
    for (const client of [...clients, stranger]) client.socket.destroy();
    await settled(async () => expect(await scrape(port)).toMatchObject({ ...AT_REST, [SESSIONS]: 9 }));
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: "POST" })).status).toBe(405);
  });

  test("an address that another program has is no reason not to serve mail", async () => {
    const other = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const edge = await edgeOf(runtime, 1, `127.0.0.1:${port}`);
    await edge.told("metrics not served; trying again");
    const client = await imapSession(edge.port("main"));
    await new Promise((resolve) => other.close(resolve));
    expect(await portOf(edge)).toBe(port);
    expect((await scrape(port))[LIVE]).toBe(1);
    client.socket.destroy();
  });
});

test("gauges return to zero after a storm of sessions and the kill of a worker, and counters keep what it counted", async () => {
  const edge = await edgeOf("bun", 2, "127.0.0.1:0");
  const port = await portOf(edge);
  for (let wave = 0; wave < 5; wave++) {
    const sessions = Array.from({ length: 40 }, () => imapSession(edge.port("main")));
    for (const { socket } of await Promise.all(sessions)) socket.destroy();
  }
  const clients = await Promise.all(Array.from({ length: 20 }, () => imapSession(edge.port("main"))));
  await settled(async () => expect(await scrape(port)).toMatchObject({ [LIVE]: 20, [SESSIONS]: 220 }));
  const victim = await servedBy(edge, edge.port("main"));
  await settled(async () => expect((await scrape(port))[SESSIONS]).toBe(221));
  process.kill(victim, "SIGKILL");
  await edge.told("worker started");
  const after = await scrape(port);
  expect(after).toMatchObject({ mmp_edge_processes: 2, [SESSIONS]: 221, [LOGINS]: 221 });
  expect(after[LIVE]).toBeLessThan(20);
  expect(after['mmp_edge_login_seconds_count{step="total"}']).toBe(221);
  for (const { socket } of clients) socket.destroy();
  await settled(async () => expect(await scrape(port)).toMatchObject(AT_REST));
});
