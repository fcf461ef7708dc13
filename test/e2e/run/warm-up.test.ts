import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type EdgeProcess,
  type InstancesSite,
  imapSession,
  instancesSite,
  startEdge,
} from "../../support/instances-site.ts";
import { samplesOf } from "../../support/scrape.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";

let site: InstancesSite;
let edges = 0;
beforeAll(async () => {
  site = await instancesSite();
});
afterAll(() => site?.remove());

const MAIN = { main: { listeners: [{ protocol: "imap" }, { protocol: "pop3" }], workers: 1 } };

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("an edge on %s", (runtime) => {
  const edgeOf = async (edge: object): Promise<EdgeProcess> => {
    const settings = { edge: { metricsListen: "127.0.0.1:0", ...edge } };
    // A file of its own: an edge reads its file again when it changes.
    return site.edge(RUNTIMES[runtime], await site.write(`${runtime}-${++edges}.yaml`, MAIN, settings));
  };

  test("that has warmed up has left nothing behind", async () => {
    const [cold, warm] = [await edgeOf({ warmUpLogins: 0 }), await edgeOf({ warmUpLogins: 40 })];
    expect(await warm.told("warmed up")).toMatchObject({ logins: 40 });
    const beforeListening = ({ child }: EdgeProcess): unknown[] => {
      const messages = child.lines.map((line) => JSON.parse(line).msg);
      return messages.slice(0, messages.indexOf("listening"));
    };
    expect(beforeListening(warm)).toEqual(["warmed up", ...beforeListening(cold)]);
    const descriptors = ({ child }: EdgeProcess): number => readdirSync(`/proc/${child.pid}/fd`).length;
    await vi.waitFor(() => expect(descriptors(warm)).toBe(descriptors(cold)), { timeout: 20_000 });
    const { port } = await warm.told("metrics served");
    const samples = samplesOf(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    const counted = Object.entries(samples).filter(([name]) =>
      /^mmp_edge_(sessions|logins|bytes|store)/.test(name),
    );
    expect(samples).not.toEqual({});
    expect(counted.filter(([, value]) => value !== 0)).toEqual([]);
    const { socket } = await imapSession(warm.port("main", "imap"));
    socket.destroy();
  });

  test("whose warm-up fails serves all the same", async () => {
    const edge = await edgeOf({ warmUpLogins: 100_000, warmUpSeconds: 0.01 });
    expect(await edge.told("warm-up failed; the first logins will be slower")).toMatchObject({ level: 40 });
    const { socket } = await imapSession(edge.port("main", "imap"));
    socket.destroy();
  });

  test("ends at once when SIGTERM comes while it warms up", async () => {
    const settings = { edge: { warmUpLogins: 100_000, warmUpSeconds: 60 } };
    const child = startEdge(
      RUNTIMES[runtime],
      await site.write("long.yaml", MAIN, settings),
      "--log-level",
      "debug",
    );
    await child.line((line) => line.includes('"msg":"warming up"'));
    expect(await child.stop("SIGTERM")).toBe(0);
    expect(child.lines.join("\n")).not.toContain('"listening"');
  });
});
