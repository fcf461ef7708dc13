import { mkdtempSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext, createServer as createTlsServer, TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { askStore } from "../../../../../bin/commands/check/ask-store.ts";
import { StoreConfig } from "../../../../../edge-proxy/config/stores.ts";
import { makeCertificate } from "../../../../support/workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-ask-store-"));
const { certFile, keyFile, caFile } = await makeCertificate(folder);
const certificate = { cert: readFileSync(certFile), key: readFileSync(keyFile) };

let server: Server | undefined;
afterEach(() => server?.close());

/** What a store that is asked as `service` says, or why it does not. */
async function ask(made: Server, service: object, entry: object = { caFile }): Promise<string> {
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  const { port } = made.address() as AddressInfo;
  const config = StoreConfig.parse({ imap: { port, ...service }, ...entry });
  if (config.imap === undefined) throw new Error("no service");
  const probe = {
    name: "localhost",
    host: "127.0.0.1",
    protocol: "imap" as const,
    service: config.imap,
    entry: config,
  };
  return askStore(probe).catch((error: Error) => error.message);
}

const saying = (text: string) => createServer((socket) => socket.on("error", () => undefined).write(text));
const startingTls = () =>
  createServer((socket: Socket) => {
    socket.write("* OK hello\r\n");
    socket.once("data", () => {
      socket.write("a OK begin\r\n");
      new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(certificate) }).on(
        "error",
        () => undefined,
      );
    });
  });
const implicit = () =>
  createTlsServer(certificate, (socket) => socket.on("error", () => undefined).write("* OK hello\r\n")).on(
    "tlsClientError",
    () => undefined,
  );

test.each([
  ["a plain store", () => saying("* OK hello\r\n"), { tls: "none" }, {}, /^answers, without TLS$/],
  ["a store with STARTTLS", startingTls, { tls: "starttls" }, { caFile }, /^answers over TLS$/],
  ["a store with TLS", implicit, { tls: "implicit" }, { caFile }, /^answers over TLS$/],
  ["an unknown CA", implicit, { tls: "implicit" }, {}, /certificate|issuer/],
  [
    "no TLS where it is to come first",
    () => saying("* OK hello\r\n"),
    { tls: "implicit" },
    { caFile },
    /^answered without TLS: wrong port, or tls should be starttls$/,
  ],
  ["another protocol", () => saying("+OK hello\r\n"), { tls: "none" }, {}, /^does not greet as imap does$/],
  [
    "no greeting",
    () => createServer((socket) => socket.end()),
    { tls: "none" },
    {},
    /^closed the connection before its greeting$/,
  ],
])("%s", async (_what, make, service, entry, expected) => {
  expect(await ask(make(), service, entry)).toMatch(expected);
});
