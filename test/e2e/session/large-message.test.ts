import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lineClient } from "../../support/clients/line-client.ts";
import { peakUntilRest } from "../../support/process-memory.ts";
import {
  PASSWORD,
  RUNTIMES,
  type RunningEdge,
  type RuntimeName,
  type Site,
  startSite,
} from "../../support/site.ts";

const MEBIBYTE = 1024 * 1024;
const MESSAGE_BYTES = 100 * MEBIBYTE;
/** What an edge may grow by while 100 MiB wait for a slow reader; far below the message itself. */
const GROWTH_BYTES = 48 * MEBIBYTE;
/** A slow reader takes this much, then waits until the store has nothing more to say. */
const SLOW_BYTES = 4 * MEBIBYTE;
const quoted = `"${PASSWORD.replace(/["\\]/g, "\\$&")}"`;

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;

let site: Site;
beforeAll(async () => {
  site = await startSite();
  await site.startApi();
  await site.sync();
});
afterAll(() => site?.remove());

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a message of 100 MiB on %s", (runtime) => {
  let edge: RunningEdge;
  beforeAll(async () => {
    edge = await site.startEdge(runtime);
  });
  afterAll(() => edge?.child.stop());

  test("goes both ways unharmed, and waits for a slow reader outside of the edge's memory", async () => {
    const message = Buffer.concat([Buffer.from("Subject: Large\r\n\r\n"), largeBody()]);
    const sent = createHash("sha256").update(message).digest("hex");
    const folder = `Large-${runtime}`;

    const client = await lineClient(edge.ports.imap);
    await client.until(/^\* OK .*\r\n/);
    client.send(
      `a LOGIN alice@example.com ${quoted}\r\nb CREATE ${folder}\r\nc APPEND ${folder} {${message.length}}\r\n`,
    );
    await client.until(/^\+ .*\r\n/m);
    client.send(message);
    client.send("\r\nd LOGOUT\r\n");
    expect(await client.closed()).toMatch(/^c OK/m);

    const before = residentBytes(edge.child.pid);
    const { hash, peak } = await fetchSlowly(edge, folder);
    expect(hash).toBe(sent);
    expect(peak - before).toBeLessThan(GROWTH_BYTES);
  });
});

/** Lines of base64: octets that no mail store changes. */
function largeBody(): Buffer {
  const line = `${randomBytes(57).toString("base64")}\r\n`;
  const block = line.repeat(Math.floor(MEBIBYTE / line.length));
  return Buffer.from(block.repeat(Math.floor(MESSAGE_BYTES / block.length)));
}

/** Reads the message in steps, each after the edge has come to rest; gives its hash and the edge's largest memory. */
async function fetchSlowly(edge: RunningEdge, folder: string): Promise<{ hash: string; peak: number }> {
  const socket = connect(edge.ports.imap, "127.0.0.1");
  const hash = createHash("sha256");
  let head = "";
  let left = -1;
  let peak = 0;
  let step = SLOW_BYTES;
  let pauses = 0;
  socket.write(`a LOGIN alice@example.com ${quoted}\r\nb EXAMINE ${folder}\r\nc FETCH 1 BODY.PEEK[]\r\n`);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    let bytes = chunk;
    if (left < 0) {
      head += bytes.toString("latin1");
      const match = /BODY\[\] \{(\d+)\}\r\n/.exec(head);
      if (match === null) continue;
      left = Number(match[1]);
      bytes = Buffer.from(head.slice(match.index + match[0].length), "latin1");
    }
    const part = bytes.subarray(0, left);
    hash.update(part);
    left -= part.length;
    step -= part.length;
    if (left === 0) break;
    if (step > 0 || pauses >= 5) continue;
    // The loop reads nothing while it waits here: the edge must hold what the store pushes.
    step = SLOW_BYTES;
    pauses++;
    peak = Math.max(peak, await peakUntilRest(edge.child.pid, residentBytes));
  }
  socket.destroy();
  return { hash: hash.digest("hex"), peak };
}
