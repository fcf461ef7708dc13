import { spawn } from "node:child_process";
import { request } from "node:http";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Changes } from "../../../route-api/contract/changes.ts";
import { routePath } from "../../../route-api/contract/routes.ts";

const fixture = fileURLToPath(new URL("../../support/programs/route-api.ts", import.meta.url));
const bin = fileURLToPath(new URL("../../../node_modules/.bin/", import.meta.url));
const headers = { Authorization: "Bearer right" };

/** Runs the fixture under a runtime; gives its lines. */
function start(command: string[]) {
  const [program = "", ...args] = command;
  const child = spawn(`${bin}${program}`, [...args, fixture], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(errors);
    return JSON.parse(value) as T;
  };
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  return { line, stop, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

describe.each([
  ["bun", ["bun"]],
  ["node", ["node"]],
  ["deno", ["deno", "run", "--quiet", "--allow-all"]],
])("the route API on %s", (_name, command) => {
  let server: ReturnType<typeof start>;
  let url: string;
  let inUse: string;
  beforeEach(async () => {
    server = start(command);
    ({ url, inUse } = await server.line<{ url: string; inUse: string }>());
  });
  afterEach(() => server.stop());

  const changes = async (query = ""): Promise<Changes> =>
    Changes.parse(await (await fetch(`${url}/v1/changes${query}`, { headers })).json());
  const waiting = async (): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^mmp_api_changes_waiting (\d+)$/m.exec(text)?.[1]);
  };

  test("serves, and says when its port is in use", async () => {
    expect(inUse).toMatch(/^port \d+ on 127\.0\.0\.1 is in use$/);
    const found = await fetch(url + routePath("alice"), { headers });
    expect(await found.json()).toMatchObject({ account: "alice@example.com", mailHost: ["store1"] });
    expect((await fetch(url + routePath("bob"), { headers })).status).toBe(404);
    expect((await fetch(url + routePath("alice"))).status).toBe(401);
  });

  test("tells all who wait of a change", async () => {
    const { cursor } = await changes();
    const polls = Array.from({ length: 50 }, () => changes(`?after=${cursor}&wait=30`));
    await expect.poll(waiting).toBe(50);
    server.kill("SIGUSR2");
    for (const answer of await Promise.all(polls)) expect(answer.changes).toEqual([{ kind: "all" }]);
  });

  test("forgets clients that go away, whether they poll or read events", async () => {
    const { cursor } = await changes();
    const gone = new AbortController();
    const { signal } = gone;
    const polls = Array.from({ length: 10 }, (_, n) => {
      const accept = n % 2 === 0 ? "application/json" : "text/event-stream";
      const path = `${url}/v1/changes?after=${cursor}&wait=50`;
      return fetch(path, { signal, headers: { ...headers, Accept: accept } }).then((response) =>
        response.text(),
      );
    });
    const outcomes = Promise.allSettled(polls);
    await expect.poll(waiting).toBe(10);
    gone.abort();
    await outcomes;
    await expect.poll(waiting).toBe(0);
  });

  test("a body that is too large is answered, not cut off", async () => {
    const body = Buffer.alloc(1_000_000, "[");
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const post = request(`${url}/v1/route-searches`, { method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      post.on("error", reject);
      post.setHeader("Content-Type", "application/json");
      post.end(body);
    });
    expect(status).toBe(413);
  });

  /** What the server answers to these bytes, until it closes. */
  const exchange = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.end(bytes));
      socket.on("data", (chunk) => {
        answer += String(chunk);
      });
      socket.on("error", reject).on("close", () => resolve(answer));
    });

  test("answers a probe of HTTP/1.0, which names no host", async () => {
    expect(await exchange("GET /readyz HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.[01] 200 /);
  });

  test("counts methods that nobody knows as one", async () => {
    await exchange("FOO1 /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await exchange("FOO2 /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain("FOO");
  });

  test("a body whose sender goes away is no fault of ours", async () => {
    const head = `POST /v1/route-searches HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers.Authorization}\r\n`;
    const type = "Content-Type: application/json\r\n";
    await exchange(`${head}${type}Content-Length: 200\r\n\r\n{`);
    await exchange(`${head}${type}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`);
    const counted = async (): Promise<string[]> =>
      (await (await fetch(`${url}/metrics`)).text()).match(/.*route-searches",method="POST".*/g) ?? [];
    await expect.poll(counted).toEqual([expect.stringContaining('status="400"} 2')]);
  });

  test("at its end answers those who wait, and does not linger", async () => {
    // The cursor of a feed that never had a change tells the time.
    const { cursor: empty } = await changes();
    server.kill("SIGUSR2");
    const { cursor } = await changes(`?after=${empty}&wait=30`);
    const poll = changes(`?after=${cursor}&wait=50`);
    const events = fetch(`${url}/v1/changes`, { headers: { ...headers, Accept: "text/event-stream" } });
    const stream = (await events).text();
    await expect.poll(waiting).toBe(2);
    server.kill("SIGTERM");
    expect(await poll).toEqual({ cursor, gap: false, changes: [] });
    expect(await stream).toMatch(/^id: /m);
    const { closedInMs } = await server.line<{ closedInMs: number }>();
    expect(closedInMs).toBeLessThan(3000);
  });

  test("at its end does not wait for a body that never comes", async () => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1").on("error", () => {});
    const head = `POST /v1/route-searches HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers.Authorization}\r\n`;
    await new Promise((resolve) => socket.write(`${head}Content-Length: 200\r\n\r\n{`, resolve));
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    server.kill("SIGTERM");
    const { closedInMs } = await server.line<{ closedInMs: number }>();
    expect(closedInMs).toBeLessThan(3000);
    socket.destroy();
  });
});
