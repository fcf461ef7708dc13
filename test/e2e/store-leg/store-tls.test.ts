import { readFileSync } from "node:fs";
import { createServer, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { imapLogin, type ScriptedStore, scriptedStore } from "../../support/stores/scripted-store.ts";
import { freePort, makeCertificate, makeFolder } from "../../support/workspace.ts";

type Files = Awaited<ReturnType<typeof makeCertificate>>;

/** A store by implicit TLS that asks for a client certificate, and serves only who shows one of the CA. */
async function mutualStore(own: Files, clientCaFile: string, maxVersion: "TLSv1.3" | "TLSv1.1" = "TLSv1.3") {
  const port = await freePort();
  const seen: string[] = [];
  const server = createServer(
    {
      cert: readFileSync(own.certFile),
      key: readFileSync(own.keyFile),
      ca: readFileSync(clientCaFile),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1",
      maxVersion,
      ciphers: "DEFAULT:@SECLEVEL=0",
    },
    (socket: TLSSocket) => {
      seen.push(String(socket.getPeerCertificate().subject.CN));
      imapLogin()(socket);
    },
  );
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { port, seen, close: () => void server.close() };
}

let folders: { path: string; remove(): void }[];
let own: Files;
let client: Files;
let store: Awaited<ReturnType<typeof mutualStore>>;
/** Speaks without TLS at once. */
let clear: ScriptedStore;
let old: Awaited<ReturnType<typeof mutualStore>>;

beforeAll(async () => {
  folders = [makeFolder("store-tls"), makeFolder("client-certificate")];
  [own, client] = (await Promise.all([
    makeCertificate(folders[0]?.path ?? "", ["store.test"]),
    makeCertificate(folders[1]?.path ?? "", ["edge.test"]),
  ])) as [Files, Files];
  store = await mutualStore(own, client.caFile);
  old = await mutualStore(own, client.caFile, "TLSv1.1");
  clear = await scriptedStore(imapLogin());
});
afterAll(() => {
  clear?.close();
  store?.close();
  old?.close();
  for (const folder of folders) folder.remove();
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("TLS to the store on %s", (runtime) => {
  let edge: AllInOne;
  beforeAll(async () => {
    const at = (port: number) => ({
      address: "127.0.0.1",
      imap: { port, tls: "implicit" },
      caFile: own.caFile,
      serverName: "store.test",
    });
    const shown = { certFile: client.certFile, keyFile: client.keyFile };
    edge = await allInOne(runtime, {
      users: {
        "known@example.com": ["known"],
        "stranger@example.com": ["stranger"],
        "misnamed@example.com": ["misnamed"],
        "old@example.com": ["old"],
        "clear@example.com": ["clear"],
      },
      stores: {
        known: { ...at(store.port), ...shown },
        stranger: at(store.port),
        misnamed: { ...at(store.port), ...shown, serverName: "other.test" },
        old: { ...at(old.port), ...shown },
        clear: at(clear.port),
      },
      instance: { listeners: [{ protocol: "imap" }] },
    });
  });
  afterAll(() => edge?.stop());

  const logIn = async (user: string): Promise<string> => {
    const line = await lineClient(edge.ports[0] ?? 0);
    await line.until(/^\* OK .*\r\n/);
    line.send(`a LOGIN ${user}@example.com x\r\n`);
    const answer = await line.until(/^a .*\r\n/m);
    line.socket.destroy();
    return answer;
  };

  test("shows the store a client certificate", async () => {
    store.seen.length = 0;
    expect(await logIn("known")).toMatch(/^a OK/m);
    expect(store.seen).toEqual(["edge.test"]);
  });

  test.each([
    ["a store that wants a certificate and is shown none", "stranger", "store-(tls|closed)", ""],
    ["a certificate that bears another name", "misnamed", "store-tls", ""],
    ["a store that knows nothing newer than TLS 1.1", "old", "store-tls", ""],
    ["a store that greets without TLS", "clear", "store-tls", "the store answered without TLS: "],
  ])("is down to its user: %s", async (_name, user, code, said) => {
    expect(await logIn(user)).toMatch(/^\* NO \[ALERT\] .*\r\na NO \[UNAVAILABLE\]/);
    const line = await edge.session(({ login }) => login === `${user}@example.com`);
    expect(line.failures).toMatchObject([{ store: user, code: expect.stringMatching(code) }]);
    const [{ detail }] = line.failures as [{ detail: string }];
    expect(detail.startsWith("the store answered without TLS")).toBe(said !== "");
    expect(detail.startsWith(said)).toBe(true);
  });
});
