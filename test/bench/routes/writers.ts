import { join } from "node:path";
import { openDynamoDb } from "../../../route-api/store/dynamodb/open.ts";
import type { FullEntry } from "../../../route-api/store/store.ts";
import { type Child, start } from "../../support/child.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";
import { accepting } from "../../support/wait.ts";
import { freePort, PROJECT } from "../../support/workspace.ts";
import { fence, put } from "../../support/writes.ts";
import { cpuSeconds } from "../proc.ts";
import type { Row } from "./figures.ts";
import { dnOf, loginOf } from "./people.ts";

/** Entries that are written at once. */
const WRITERS = [1, 2, 4, 8];
/** The entry itself, and a pointer from its DN and from each login name. */
const ITEMS_PER_ENTRY = 6;

const entryOf = (number: number): FullEntry => ({
  uuid: `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`,
  dn: dnOf(number),
  account: loginOf(number),
  logins: [`user${number}`, loginOf(number), `u.${number}@example.com`, `${number}@example.org`],
  mailHost: ["store-a"],
  version: "20260101000000.000000Z#000000#000#000000",
});

/** Items a second that one to eight writers put into each double of DynamoDB, and whose CPU that takes. */
export async function measureWriters(seconds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, start: startDouble, missing } of doubles) {
    if (missing !== undefined) continue;
    const double = name === "dynalite" ? await dynaliteProcess() : await startDouble();
    if (double.pid === undefined) throw new Error(`${name} has no process of its own`);
    try {
      for (const writers of WRITERS)
        rows.push(await measure(name, double.endpoint, double.pid, writers, seconds));
    } finally {
      await double.close();
    }
  }
  return rows;
}

async function measure(
  name: string,
  endpoint: string,
  pid: number,
  writers: number,
  seconds: number,
): Promise<Row> {
  const store = openDynamoDb({ table: `writers-${writers}`, region: "local", endpoint });
  try {
    await store.create();
    const by = fence();
    let next = 0;
    const write = async (untilMs: number): Promise<void> => {
      while (performance.now() < untilMs) await put(store, [entryOf(next++)], by);
    };
    const all = async (forMs: number): Promise<void> => {
      const untilMs = performance.now() + forMs;
      await Promise.all(Array.from({ length: writers }, () => write(untilMs)));
    };
    await all(1000); // warms the JIT compilers
    const before = { entries: next, double: cpuSeconds(pid), own: process.cpuUsage(), ms: performance.now() };
    await all(seconds * 1000);
    const tookSeconds = (performance.now() - before.ms) / 1000;
    const { user, system } = process.cpuUsage(before.own);
    const percent = (cpu: number): string => `${((cpu / tookSeconds) * 100).toFixed(0)} %`;
    return {
      what: `items a second into ${name}, entries written at once: ${writers}; CPU of the double; of the writer`,
      figure: `${(((next - before.entries) * ITEMS_PER_ENTRY) / tookSeconds).toFixed(0)}; ${percent(cpuSeconds(pid) - before.double)}; ${percent((user + system) / 1e6)}`,
    };
  } finally {
    await store.close();
  }
}

/** Starts Dynalite in its own process, so that its CPU time can be measured separately from the writer's. */
async function dynaliteProcess(): Promise<DynamoDouble> {
  const port = await freePort();
  const program = join(PROJECT, "node_modules/dynalite/cli.js");
  const child: Child = start("node", [
    program,
    "--host",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--createTableMs",
    "0",
  ]);
  await accepting(port);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    pid: child.pid,
    close: async () => void (await child.stop()),
  };
}
