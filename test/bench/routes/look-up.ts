import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { makeFolder } from "../../support/workspace.ts";
import { percentile, type Row } from "./figures.ts";
import { loginOf, writePeople } from "./people.ts";
import { type BenchSite, benchSite } from "./site.ts";

/** Requests under way at once while the most is asked for. */
const CONCURRENCY = 64;
/** Share of the most at which the delay is measured: an API is not run at its limit. */
const STEADY_SHARE = 0.5;

/** Look-ups a second at the API (Bun, SQLite, one process), and their delay at half of that. */
export async function measureLookUps(entries: number, seconds: number): Promise<Row[]> {
  const folder = makeFolder("bench-lookup");
  const ldif = join(folder.path, "people.ldif");
  await writePeople(ldif, entries, ["store-a", "store-b"]);
  const site = await benchSite({ routeStore: { sqlite: "routes.db" }, directory: { ldif } });
  try {
    await site.finish(["sync", "--once"]);
    const api = await site.run(["route-api"], /"listening"/);
    // A process that asks without pause would take the time of the one that answers.
    pin(process.pid, 0);
    pin(api.pid, 1);
    await asMany(site, entries, 2); // warms caches and the JIT compiler
    const most = await asMany(site, entries, seconds);
    const rate = most.length / seconds;
    const steady = await atRate(site, entries, seconds, rate * STEADY_SHARE);
    return [
      { what: `look-ups a second, ${entries} entries, one process`, figure: rate.toFixed(0) },
      {
        what: `delay at ${(rate * STEADY_SHARE).toFixed(0)} a second, p50; p99`,
        figure: `${percentile(steady, 0.5).toFixed(2)} ms; ${percentile(steady, 0.99).toFixed(2)} ms`,
      },
    ];
  } finally {
    await site.remove();
    folder.remove();
  }
}

/** Keeps a process, with all its threads, on one CPU. */
const pin = (pid: number, cpu: number): Buffer =>
  execFileSync("taskset", ["-a", "-c", "-p", `${cpu}`, `${pid}`]);

/** Asks as often as it can; delays in milliseconds. */
async function asMany(site: BenchSite, entries: number, seconds: number): Promise<number[]> {
  const client = await lookUpClient(site);
  const delays: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  const ask = async (): Promise<void> => {
    while (performance.now() < endMs) delays.push(await client.lookUp(anyOf(entries)));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, ask));
  client.close();
  return delays;
}

/** Asks at an even rate, whatever the answers do; delays in milliseconds. */
async function atRate(site: BenchSite, entries: number, seconds: number, rate: number): Promise<number[]> {
  const client = await lookUpClient(site);
  const pending: Promise<number>[] = [];
  const startedMs = performance.now();
  for (let elapsedMs = 0; elapsedMs < seconds * 1000; elapsedMs = performance.now() - startedMs) {
    while (pending.length < (elapsedMs / 1000) * rate) pending.push(client.lookUp(anyOf(entries)));
    await new Promise(setImmediate);
  }
  const delays = await Promise.all(pending);
  client.close();
  return delays;
}

const anyOf = (entries: number): string => loginOf(Math.floor(Math.random() * entries));

/** Keep-alive connections with pipelined requests, as an edge has one: no HTTP library between us and the figure. */
async function lookUpClient({ apiUrl, token }: BenchSite) {
  const { hostname, port, host } = new URL(apiUrl);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once("connect", resolve));
  const waiting: { sentMs: number; done(delayMs: number): void; failed(error: Error): void }[] = [];
  let buffer = "";
  socket.setNoDelay(true).setEncoding("latin1");
  socket.on("data", (text: string) => {
    buffer += text;
    for (;;) {
      const end = buffer.indexOf("\r\n\r\n");
      const length = end < 0 ? undefined : /content-length: (\d+)/i.exec(buffer.slice(0, end))?.[1];
      if (length === undefined || buffer.length < end + 4 + Number(length)) return;
      const request = waiting.shift();
      const answer = buffer.slice(0, 12);
      buffer = buffer.slice(end + 4 + Number(length));
      if (answer === "HTTP/1.1 200") request?.done(performance.now() - request.sentMs);
      else request?.failed(new Error(`the API answered ${answer}`));
    }
  });
  return {
    lookUp: (login: string) =>
      new Promise<number>((done, failed) => {
        waiting.push({ sentMs: performance.now(), done, failed });
        socket.write(
          `GET /v1/routes/${encodeURIComponent(login)} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
        );
      }),
    close: () => void socket.destroy(),
  };
}
