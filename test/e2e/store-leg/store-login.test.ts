import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BackTask } from "../../../edge-proxy/protocol/dialogue.ts";
import { createImapBack } from "../../../edge-proxy/protocol/imap/back.ts";
import { SecretOctets } from "../../../edge-proxy/protocol/octets.ts";
import { createPop3Back } from "../../../edge-proxy/protocol/pop3/back.ts";
import { StoreLogin } from "../../../edge-proxy/session/store-login.ts";
import { TimerWheel } from "../../../edge-proxy/timer-wheel.ts";
import { nodeTransport } from "../../../edge-proxy/transport/node.ts";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { run } from "../../support/child.ts";
import { type LineClient, lineClient } from "../../support/clients/line-client.ts";
import { scramClient } from "../../support/clients/scram.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { type Dovecot, mailText, startDovecot } from "../../support/stores/dovecot.ts";
import { dovecotExtras, type Extras, MASTER } from "../../support/stores/dovecot-extras.ts";
import { eventually } from "../../support/wait.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

const PASSWORD = "secret";
/** One user for each way to reach the store: they differ by their mailHost. */
const WAYS = ["plain", "forward", "proxied", "implicit", "pinned", "wrong-pin", "unverified"] as const;
const login = (way: string): string => `${way}@example.com`;

let folder: { path: string; remove(): void };
let tls: Awaited<ReturnType<typeof makeCertificate>>;
let store: Dovecot;
let extras: Extras;

beforeAll(async () => {
  folder = makeFolder("store-leg");
  tls = await makeCertificate(folder.path);
  extras = await dovecotExtras();
  const users = WAYS.map((way) => ({ login: login(way), password: PASSWORD }));
  store = await startDovecot("store", users, tls, extras);
});
afterAll(async () => {
  await store?.remove();
  extras?.remove();
  folder?.remove();
});

const pinOf = async (certFile: string): Promise<string> => {
  const pipe = `openssl x509 -in ${certFile} -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64`;
  return (await run("sh", ["-c", pipe])).output.trim();
};

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the store's leg on %s", (runtime) => {
  let edge: AllInOne;
  let imap: number;
  let pop3: number;

  beforeAll(async () => {
    const plain = { port: store.imapPort, tls: "none" };
    const base = { address: "127.0.0.1", imap: plain, pop3: { port: store.pop3Port, tls: "none" } };
    const startTls = { address: "127.0.0.1", imap: { port: store.imapPort, tls: "starttls" } };
    edge = await allInOne(runtime, {
      users: Object.fromEntries(WAYS.map((way) => [login(way), [way]])),
      stores: {
        plain: base,
        forward: { ...base, forwardClient: true, replay: "login" },
        proxied: {
          address: "127.0.0.1",
          imap: { port: extras.imapPort, tls: "starttls", proxyProtocol: "v2" },
          pop3: { port: extras.pop3Port, tls: "none", proxyProtocol: "v2" },
          caFile: tls.caFile,
          serverName: "localhost",
        },
        implicit: {
          address: "127.0.0.1",
          imap: { port: extras.imapsPort, tls: "implicit", proxyProtocol: "v2" },
          caFile: tls.caFile,
          serverName: "localhost",
        },
        pinned: { ...startTls, verifyCertificate: false, pinnedKey: await pinOf(tls.certFile) },
        "wrong-pin": {
          ...startTls,
          caFile: tls.caFile,
          serverName: "localhost",
          pinnedKey: `${"A".repeat(43)}=`,
        },
        unverified: startTls,
      },
      instance: {
        mechanisms: ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1", "SCRAM-SHA-256"],
        listeners: [
          { protocol: "imap", proxyProtocol: "any", trustedProxies: ["127.0.0.1"] },
          { protocol: "pop3", proxyProtocol: "any", trustedProxies: ["127.0.0.0/8"] },
          { protocol: "imap" },
          { protocol: "pop3" },
        ],
      },
    });
    [, , imap = 0, pop3 = 0] = edge.ports;
  });
  afterAll(() => edge?.stop());

  async function greeted(port: number, preface = ""): Promise<LineClient> {
    const client = await lineClient(port);
    client.send(preface);
    await client.until(/^(\* OK|\+OK).*\r\n/);
    return client;
  }

  test.each([
    ["SCRAM-SHA-1", "sha1"],
    ["SCRAM-SHA-256", "sha256"],
  ] as const)("relays %s to the store, message for message", async (mechanism, hash) => {
    for (const initial of [true, false]) {
      const scram = scramClient(hash, login("plain"), PASSWORD);
      const client = await greeted(imap);
      if (initial) client.send(`a AUTHENTICATE ${mechanism} ${scram.first}\r\n`);
      else {
        client.send(`a AUTHENTICATE ${mechanism}\r\n`);
        expect(await client.until(/\r\n/)).toBe("+ \r\n");
        client.send(`${scram.first}\r\n`);
      }
      client.send(`${scram.final((await client.until(/^\+ .*\r\n/)).slice(2).trim())}\r\n`);
      expect(scram.verify((await client.until(/^\+ .*\r\n/)).slice(2).trim())).toBe(true);
      client.send("\r\n");
      expect(await client.until(/a .*\r\n/)).toMatch(/a OK/);
      client.send("b SELECT INBOX\r\n");
      expect(await client.until(/b .*\r\n/)).toMatch(/\* 1 EXISTS/);
      client.socket.destroy();
    }
  });

  test("relays SCRAM in POP3, and a wrong password in it is one", async () => {
    const client = await greeted(pop3);
    for (const [password, answer] of [
      ["wrong", /^-ERR \[AUTH\]/],
      [PASSWORD, /^\+OK/],
    ] as const) {
      const scram = scramClient("sha256", login("plain"), password);
      client.send(`AUTH SCRAM-SHA-256 ${scram.first}\r\n`);
      client.send(`${scram.final((await client.until(/^\+ .*\r\n/)).slice(2).trim())}\r\n`);
      let line = await client.until(/.*\r\n/);
      if (line.startsWith("+ ")) {
        client.send("\r\n");
        line = await client.until(/.*\r\n/);
      }
      expect(line).toMatch(answer);
    }
    client.socket.destroy();
  });

  test("serves mbsync by SCRAM", async () => {
    const work = makeFolder("mbsync");
    mkdirSync(join(work.path, "near"));
    const file = join(work.path, "mbsyncrc");
    writeFileSync(
      file,
      `IMAPAccount edge
Host 127.0.0.1
Port ${imap}
User ${login("plain")}
Pass ${PASSWORD}
SSLType None
AuthMechs SCRAM-SHA-256

IMAPStore far
Account edge

MaildirStore near
Path ${work.path}/near/
Inbox ${work.path}/inbox

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Near
SyncState *
`,
    );
    const { code, output } = await run("mbsync", ["-c", file, "-a"]);
    const found = await run("grep", ["-rh", "Mail of", `${work.path}/inbox`]);
    work.remove();
    expect([code, found.output, output]).toEqual([0, mailText(login("plain"), "store"), expect.anything()]);
  });

  test.each(["imap", "pop3"] as const)("passes tokens on for curl by %s", async (scheme) => {
    const port = scheme === "imap" ? imap : pop3;
    for (const options of [["OAUTHBEARER"], ["XOAUTH2"]]) {
      const { output } = await run("curl", [
        ...[
          "-sS",
          "--max-time",
          "20",
          "--user",
          login("plain"),
          "--oauth2-bearer",
          extras.token(login("plain")),
        ],
        ...["--login-options", `AUTH=${options[0]}`],
        `${scheme}://localhost:${port}${scheme === "imap" ? "/INBOX;UID=1" : "/1"}`,
      ]);
      expect(output).toContain(mailText(login("plain"), "store"));
    }
  });

  test("passes the store's error challenge on (RFC 7628), and another mechanism works afterwards", async () => {
    const client = await greeted(imap);
    const message = `n,a=${login("plain")},\x01host=localhost\x01auth=Bearer not-a-token\x01\x01`;
    client.send(`a AUTHENTICATE OAUTHBEARER ${Buffer.from(message).toString("base64")}\r\n`);
    const challenge = Buffer.from((await client.until(/^\+ .*\r\n/)).slice(2).trim(), "base64").toString();
    expect(JSON.parse(challenge)).toMatchObject({ status: "invalid_token" });
    client.send("AQ==\r\n");
    expect(await client.until(/a .*\r\n/)).toMatch(/a NO \[AUTHENTICATIONFAILED\]/);
    client.send(`b LOGIN ${login("plain")} ${PASSWORD}\r\n`);
    expect(await client.until(/b .*\r\n/)).toMatch(/b OK/);
    client.socket.destroy();
  });

  test("never offers -PLUS, and cancels an exchange that the client breaks off", async () => {
    const client = await greeted(imap);
    client.send("a CAPABILITY\r\n");
    const capabilities = await client.until(/a OK.*\r\n/);
    expect(capabilities).toMatch(/ AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256\r\n/);
    expect(capabilities).not.toContain("-PLUS");
    client.send(`b AUTHENTICATE SCRAM-SHA-256 ${scramClient("sha256", login("plain"), PASSWORD).first}\r\n`);
    await client.until(/^\+ .*\r\n/);
    client.send("*\r\n");
    expect(await client.until(/b .*\r\n/)).toMatch(/^b BAD/);
    client.send(
      `c AUTHENTICATE PLAIN ${Buffer.from(`\0${login("plain")}\0${PASSWORD}`).toString("base64")}\r\n`,
    );
    expect(await client.until(/c .*\r\n/)).toMatch(/c OK/);
    client.socket.destroy();
  });

  const V1 = "PROXY TCP6 2001:db8::7 2001:db8::1 40001 993\r\n";
  test.each([
    ["by ID", "forward", "imap"],
    ["by XCLIENT", "forward", "pop3"],
    ["by PROXY v2 before STARTTLS", "proxied", "imap"],
    ["by PROXY v2 in POP3", "proxied", "pop3"],
    ["by PROXY v2 before implicit TLS", "implicit", "imap"],
  ])("tells the store the client's address %s", async (_name, way, protocol) => {
    const [proxiedImap = 0, proxiedPop3 = 0] = edge.ports;
    const before = store.log().length;
    const client = await greeted(protocol === "imap" ? proxiedImap : proxiedPop3, V1);
    if (protocol === "imap") {
      client.send(
        `i ID ("name" "tester" "x-originating-ip" "10.9.9.9")\r\na LOGIN ${login(way)} ${PASSWORD}\r\n`,
      );
      expect(await client.until(/^a .*\r\n/m)).toMatch(/^a OK/m);
    } else {
      client.send(`USER ${login(way)}\r\nPASS ${PASSWORD}\r\n`);
      expect(await client.until(/^\+OK.*\r\n(\+OK|-ERR).*\r\n/)).toMatch(/\r\n\+OK/);
    }
    client.socket.destroy();
    const log = await eventually(
      () => /.*Login: user=.*/.exec(store.log().slice(before))?.[0],
      "a login in the store's log",
    );
    expect(log).toContain(`user=<${login(way)}>`);
    expect(log).toMatch(/rip=2001:db8::7,? rport=40001/);
    const line = await edge.session(
      ({ login: user, protocol: by }) => user === login(way) && by === protocol,
    );
    expect(line.client).toBe("[2001:db8::7]:40001");
    if (way === "forward") expect(log).toContain(`session=<${line.sid}>`);
  });

  test("takes a pinned key in place of a CA, and nothing else", async () => {
    const client = await greeted(imap);
    for (const [way, answer] of [
      ["pinned", "OK"],
      ["wrong-pin", "NO"],
      ["unverified", "NO"],
    ] as const) {
      const one = way === "pinned" ? await greeted(imap) : client;
      one.send(`a LOGIN ${login(way)} ${PASSWORD}\r\n`);
      expect(await one.until(/^a .*\r\n/m)).toMatch(new RegExp(`^a ${answer}( \\[UNAVAILABLE\\])?`, "m"));
      if (one !== client) one.socket.destroy();
    }
    client.send("z LOGOUT\r\n");
    await client.closed();
    const { failures } = await edge.session(
      (line) => line.reason === "logout" && Array.isArray(line.failures) && line.failures.length === 2,
    );
    expect(failures).toMatchObject([
      { code: "store-tls", store: "wrong-pin", progress: "tls", detail: expect.stringContaining("pinned") },
      { code: "store-tls", store: "unverified", progress: "tls" },
    ]);
  });

  test("lets nobody pass a loop of multiplexors", async () => {
    const client = await greeted(imap);
    client.send(`i ID ("x-proxy-ttl" "1")\r\na LOGIN ${login("forward")} ${PASSWORD}\r\n`);
    expect(await client.until(/^a .*\r\n/m)).toMatch(/^a NO \[UNAVAILABLE\]/m);
    client.socket.destroy();
    const line = await edge.session(({ failures }) => JSON.stringify(failures ?? "").includes("proxy-loop"));
    expect(line.failures).toMatchObject([{ code: "proxy-loop" }]);
  });
});

describe("the store administrator", () => {
  const logIn = (protocol: "imap" | "pop3", password: string): Promise<unknown> =>
    new Promise((resolve) => {
      const task: BackTask = {
        credentials: {
          kind: "password",
          user: MASTER.user,
          password: new SecretOctets(password),
          authorizationId: login("plain"),
        },
        startTls: false,
        replay: "auto",
        client: undefined,
        clientId: new Map(),
        asksCapabilities: true,
      };
      const wheel = new TimerWheel();
      const finish = (result: string): void => {
        attempt.connection.destroy();
        wheel.stop();
        resolve(result);
      };
      const options = {
        transport: nodeTransport,
        wheel,
        limits: { connectSeconds: 5, bannerSeconds: 5, storeLoginSeconds: 10 },
        target: {
          name: "store",
          host: "127.0.0.1",
          port: protocol === "imap" ? store.imapPort : store.pop3Port,
          startTls: false,
          implicitTls: false,
          proxyHeader: false,
          replay: "auto" as const,
          forwardClient: false,
          admin: undefined,
          next: undefined,
        },
        entrance: { localAddress: "", localPort: 0 },
        preface: undefined,
      };
      const back = protocol === "imap" ? createImapBack(task) : createPop3Back(task);
      const attempt = new StoreLogin(options, back, {
        challenge() {},
        loggedIn: () => finish("in"),
        failed: ({ failure }) => finish(failure),
      });
    });

  test.each(["imap", "pop3"] as const)("logs in at a Dovecot for a user by %s", async (protocol) => {
    expect(await logIn(protocol, MASTER.password)).toBe("in");
    expect(await logIn(protocol, "wrong")).toBe("unavailable");
  });
});
