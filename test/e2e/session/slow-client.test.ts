import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { rest } from "../../support/process-memory.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { type Dovecot, startDovecot } from "../../support/stores/dovecot.ts";
import { eventually } from "../../support/wait.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

const USER = "alice@example.com";
const PASSWORD = "secret";
/** More than the kernel holds on both legs for a reader that hardly reads: four buffers of 4 to 6 MiB. */
const MESSAGE_BYTES = 48 * 1024 * 1024;
/** A modem of 56 kbit/s, in bytes a look. */
const LOOK_MS = 20;
const MODEM_BYTES = Math.round((56_000 / 8 / 1000) * LOOK_MS);

let folder: { path: string; remove(): void };
let store: Dovecot;
let message: Buffer;

beforeAll(async () => {
  folder = makeFolder("slow-client");
  store = await startDovecot(
    "store",
    [{ login: USER, password: PASSWORD }],
    await makeCertificate(folder.path),
  );
  const line = `${randomBytes(57).toString("base64")}\r\n`;
  message = Buffer.from(
    `Subject: Large\r\n\r\n${line.repeat(Math.floor(MESSAGE_BYTES / line.length))}`,
    "latin1",
  );
  const client = await lineClient(store.imapPort);
  client.send(`a LOGIN ${USER} ${PASSWORD}\r\nb APPEND INBOX {${message.length}}\r\n`);
  await client.until(/^\+ .*\r\n/m);
  client.send(message);
  client.send("\r\nc LOGOUT\r\n");
  expect(await client.closed()).toMatch(/^b OK/m);
});
afterAll(async () => {
  await store?.remove();
  folder?.remove();
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a POP3 client at 56 kbit/s on %s", (runtime) => {
  let edge: AllInOne;
  afterEach(() => edge?.stop());

  const start = async (relayBufferBytes: number): Promise<AllInOne> =>
    allInOne(runtime, {
      users: { [USER]: ["store"] },
      stores: { store: { address: "127.0.0.1", pop3: { port: store.pop3Port, tls: "none" } } },
      instance: { listeners: [{ protocol: "pop3" }], limits: { relayBufferBytes } },
    });
  const freed = (since: number): boolean => /Logged out .*retr=1\//.test(store.log().slice(since));

  test("frees the store's process long before it has its message, and then gets all of it", async () => {
    edge = await start(2 * MESSAGE_BYTES);
    const before = store.log().length;
    const client = slowClient(edge.ports[0] ?? 0);
    await eventually(() => (freed(before) ? true : undefined), "an end of the session in the store's log");
    expect(client.received()).toBeLessThan(MESSAGE_BYTES / 10);
    expect(await client.restAtOnce()).toBe(hash(message));
  });

  test("keeps the store waiting where the edge may hold less than the message", async () => {
    edge = await start(16_384);
    const before = store.log().length;
    const client = slowClient(edge.ports[0] ?? 0);
    await eventually(() => (client.received() > 2 * MODEM_BYTES ? true : undefined), "a beginning");
    await rest(edge.child.pid);
    expect(freed(before)).toBe(false);
    expect(await client.restAtOnce()).toBe(hash(message));
    await eventually(() => (freed(before) ? true : undefined), "an end of the session in the store's log");
  });
});

const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Logs in, asks for the large message, says QUIT, and reads no faster than a modem until told otherwise. */
function slowClient(port: number) {
  const socket = connect(port, "127.0.0.1");
  const parts: Buffer[] = [];
  let received = 0;
  const take = (bytes: Buffer | null): void => {
    if (bytes === null) return;
    parts.push(bytes);
    received += bytes.length;
  };
  socket.write(`USER ${USER}\r\nPASS ${PASSWORD}\r\nRETR 2\r\nQUIT\r\n`);
  // Readable, not flowing: what is not read stays in the kernel, and in the edge.
  socket.on("readable", () => {});
  const modem = setInterval(() => take(socket.read(Math.min(MODEM_BYTES, socket.readableLength))), LOOK_MS);
  return {
    received: () => received,
    /** Resolves with the hash of the message, once all of it is here. */
    restAtOnce: () =>
      new Promise<string>((resolve) => {
        clearInterval(modem);
        socket.removeAllListeners("readable");
        socket.on("data", take);
        socket.on("close", () => {
          const text = Buffer.concat(parts).toString("latin1");
          const start = text.indexOf("Subject: Large");
          const end = text.indexOf("\r\n.\r\n", start) + 2;
          resolve(hash(Buffer.from(text.slice(start, end), "latin1")));
        });
        socket.resume();
      }),
  };
}
