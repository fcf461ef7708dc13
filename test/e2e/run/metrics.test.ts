import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Child } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import {
  type EdgeProcess,
  type InstancesSite,
  imapSession,
  instancesSite,
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

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("metrics of the edge, on %s", (runtime) => {
  async function edgeOf(workers: number, metricsListen: string): Promise<EdgeProcess> {
    const instances = {
      main: { listeners: [{ protocol: "imap" }], workers, limits: { failedLoginSeconds: 0 } },
    };
    const config = site.write("metrics.yaml", instances, { edge: { metricsListen } });
    const edge = await site.edge(RUNTIMES[runtime], config);
    running.push(edge.child);
    return edge;
  }
  const portOf = async (edge: EdgeProcess): Promise<number> =>
    Number((await edge.told("metrics served")).port);

  test("all workers are in one answer, and gauges return to zero", async () => {
    const edge = await edgeOf(2, "127.0.0.1:0");
    const port = await portOf(edge);
    const clients = [];
    for (let at = 0; at < 8; at++) clients.push(await imapSession(edge.port("main")));
    const stranger = await lineClient(edge.port("main"));
    stranger.send("a LOGIN stranger@example.com x\r\n");
    await stranger.until(/^a NO .*\r\n/m);
    expect(await scrape(port)).toMatchObject({
      mmp_edge_processes: 2,
      'mmp_edge_sessions{instance="main",protocol="imap"}': 9,
      'mmp_edge_logins_total{instance="main",protocol="imap",tls="none",mechanism="LOGIN"}': 8,
      'mmp_edge_login_failures_total{instance="main",protocol="imap",code="unknown-user"}': 1,
      'mmp_edge_store_sessions{store="store"}': 8,
      'mmp_edge_store_attempts_total{store="store",outcome="ok"}': 8,
      'mmp_edge_login_seconds_count{step="total"}': 8,
      'mmp_edge_login_seconds_bucket{step="route",le="+Inf"}': 8,
    });
    for (const client of [...clients, stranger]) client.socket.destroy();
    const settled = async (): Promise<void> => {
      const after = await scrape(port);
      expect(after['mmp_edge_sessions{instance="main",protocol="imap"}']).toBe(0);
      expect(after['mmp_edge_sessions_total{instance="main",protocol="imap"}']).toBe(9);
      expect(after['mmp_edge_bytes_total{instance="main",protocol="imap",from="client"}']).toBeGreaterThan(0);
      expect(after['mmp_edge_held_bytes{where="login"}']).toBe(0);
    };
    await vi.waitFor(settled, { timeout: 20_000, interval: 50 });
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: "POST" })).status).toBe(405);
  });

  test("an address that another program has is no reason not to serve mail", async () => {
    const other = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const edge = await edgeOf(1, `127.0.0.1:${port}`);
    await edge.told("metrics not served; trying again");
    const client = await imapSession(edge.port("main"));
    await new Promise((resolve) => other.close(resolve));
    expect(await portOf(edge)).toBe(port);
    expect((await scrape(port))['mmp_edge_sessions{instance="main",protocol="imap"}']).toBe(1);
    client.socket.destroy();
  });
});
