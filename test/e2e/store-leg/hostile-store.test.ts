import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { type LineClient, lineClient } from "../../support/clients/line-client.ts";
import { logIn, type Protocol, type Way } from "../../support/clients/logins.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { dialogue, drip, flood, type Serve } from "../../support/stores/hostile-stores.ts";
import { type RecordingStore, RIGHT, recordingStore } from "../../support/stores/recording-store.ts";
import { type ScriptedStore, scriptedStore } from "../../support/stores/scripted-store.ts";
import { freePort } from "../../support/workspace.ts";

const GOOD = "good@example.com";
const IMAP = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256] ready\r\n";
const POP3 = "+OK ready\r\n";
const LIST = "+OK\r\nSASL PLAIN SCRAM-SHA-256\r\n.\r\n";
const CHALLENGE = `+ ${Buffer.from("challenge").toString("base64")}\r\n`;
const DOWN = { imap: /^a NO \[UNAVAILABLE\]/m, pop3: /^-ERR \[SYS\/TEMP\]/m };
/** More than any time-out of a store below. */
const BOUND_MS = 10_000;

interface Hostile {
  serve: Serve;
  protocol: Protocol;
  /** What the operator finds in the log. */
  code: string;
  progress: string;
  detail?: RegExp;
  way?: Way;
  startTls?: boolean;
}

const imap = (serve: Serve, code: string, progress: string, more: Partial<Hostile> = {}): Hostile => ({
  ...{ serve, protocol: "imap", code, progress },
  ...more,
});
const pop3 = (serve: Serve, code: string, progress: string, more: Partial<Hostile> = {}): Hostile => ({
  ...{ serve, protocol: "pop3", code, progress },
  ...more,
});
const scram = { way: "SCRAM-SHA-256" } as const;
const startTls = { startTls: true };
const forEver = (text: string) => (socket: Parameters<Serve>[0]) => flood(socket, text);
const slowly = (text: string) => (socket: Parameters<Serve>[0]) => drip(socket, text);

const HOSTILE: Record<string, Hostile> = {
  "an endless banner": imap(forEver("* OK x"), "store-protocol", "connect", { detail: /too much/ }),
  "a banner that drips": imap(slowly("*"), "store-timeout", "connect"),
  "no IMAP at all": imap(forEver("SSH-2.0-x\r\n"), "store-protocol", "connect"),
  "an endless capability": imap(
    dialogue("* OK ready\r\n", [/CAPABILITY/, forEver("* CAPABILITY IMAP4rev1 ")]),
    "store-protocol",
    "capability",
    { detail: /too much/ },
  ),
  "endless capabilities": imap(
    dialogue("* OK ready\r\n", [/CAPABILITY/, forEver("* CAPABILITY IMAP4rev1\r\n")]),
    "store-protocol",
    "capability",
    { detail: /too much/ },
  ),
  "an endless line in place of an answer": imap(
    dialogue(IMAP, [/AUTHENTICATE/, forEver("x")]),
    "store-protocol",
    "auth",
    { detail: /too much/ },
  ),
  "untagged lines for ever": imap(
    dialogue(IMAP, [/AUTHENTICATE/, forEver("* 1 EXISTS\r\n")]),
    "store-protocol",
    "auth",
  ),
  "untagged lines that drip": imap(
    dialogue(IMAP, [/AUTHENTICATE/, slowly("* 1 EXISTS\r\n")]),
    "store-timeout",
    "auth",
  ),
  "BYE with an OK behind": imap(
    dialogue(IMAP, [/AUTHENTICATE/, "* BYE x\r\nM OK in\r\n"]),
    "store-not-ready",
    "auth",
  ),
  "BYE with rubbish without end behind": imap(
    dialogue(IMAP, [
      /AUTHENTICATE/,
      (socket) => {
        socket.write("* BYE x\r\n");
        flood(socket, "M OK in\r\n");
      },
    ]),
    "store-not-ready",
    "auth",
  ),
  "NUL in its banner": imap(dialogue("* OK \0ready\r\n"), "store-protocol", "connect", { detail: /NUL/ }),
  "NUL in its capability": imap(
    dialogue("* OK ready\r\n", [/CAPABILITY/, "* CAPABILITY IMAP4rev1\0\r\n"]),
    "store-protocol",
    "capability",
    { detail: /NUL/ },
  ),
  "NUL in its answer": imap(dialogue(IMAP, [/AUTHENTICATE/, "M OK \0in\r\n"]), "store-protocol", "auth", {
    detail: /NUL/,
  }),
  "continuation requests for ever": imap(dialogue(IMAP, [/./, forEver("+ \r\n")]), "store-protocol", "auth"),
  "challenges for ever": imap(dialogue(IMAP, [/./, forEver(CHALLENGE)]), "store-protocol", "auth", scram),
  "one more challenge for every response": imap(
    dialogue(IMAP, [/./, CHALLENGE]),
    "store-timeout",
    "auth",
    scram,
  ),
  PREAUTH: imap(dialogue("* PREAUTH in\r\n"), "store-protocol", "connect", { detail: /PREAUTH/ }),
  "bytes behind its STARTTLS OK": imap(
    dialogue("* OK ready\r\n", [/STARTTLS/, "S OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"]),
    "store-protocol",
    "banner",
    startTls,
  ),
  "something else than TLS": imap(
    dialogue("* OK ready\r\n", [
      /STARTTLS/,
      (socket) => void socket.write("S OK go\r\n", () => setImmediate(() => flood(socket, "* OK\r\n"))),
    ]),
    "store-(tls|protocol)",
    "(tls|banner)",
    startTls,
  ),
  "an end in place of TLS": imap(
    dialogue("* OK ready\r\n", [/STARTTLS/, (socket) => void socket.end("S OK go\r\n")]),
    "store-(tls|closed)",
    "tls",
    startTls,
  ),
  "PREAUTH before STARTTLS": imap(dialogue("* PREAUTH in\r\n"), "store-protocol", "connect", startTls),
  "the secret in its refusal": imap(
    dialogue(IMAP, [
      /AUTHENTICATE/,
      (socket, line) => void socket.write(`M NO [SERVERBUG] What is ${line}?\r\n`),
    ]),
    "store-not-ready",
    "auth",
    { detail: /repeats the secret/ },
  ),
  "a demand for TLS": imap(
    dialogue(IMAP, [/AUTHENTICATE/, "M NO [PRIVACYREQUIRED] no\r\n"]),
    "store-unsupported",
    "auth",
  ),
  "an endless POP3 banner": pop3(forEver("+OK x"), "store-protocol", "connect", { detail: /too much/ }),
  "an endless CAPA": pop3(
    dialogue(POP3, [
      /CAPA/,
      (socket) => {
        socket.write("+OK\r\n");
        flood(socket, "SASL PLAIN\r\n");
      },
    ]),
    "store-protocol",
    "capability",
    { detail: /too much/ },
  ),
  "a POP3 answer that drips": pop3(
    dialogue(POP3, [/CAPA/, LIST], [/AUTH/, slowly("+")]),
    "store-timeout",
    "auth",
  ),
  "NUL in its POP3 answer": pop3(
    dialogue(POP3, [/CAPA/, LIST], [/AUTH/, "+OK \0\r\n"]),
    "store-protocol",
    "auth",
    { detail: /NUL/ },
  ),
  "POP3 continuation requests for ever": pop3(
    dialogue(POP3, [/CAPA/, LIST], [/AUTH/, forEver("+ \r\n")]),
    "store-protocol",
    "auth",
  ),
  "POP3 challenges for ever": pop3(
    dialogue(POP3, [/CAPA/, LIST], [/./, forEver(CHALLENGE)]),
    "store-protocol",
    "auth",
    scram,
  ),
  "bytes behind its STLS OK": pop3(
    dialogue(POP3, [/STLS/, "+OK go\r\n+OK list\r\n"]),
    "store-protocol",
    "banner",
    startTls,
  ),
};
const NAMES = Object.keys(HOSTILE);
const loginOf = (name: string): string => `user${NAMES.indexOf(name)}@example.com`;

const stores: (ScriptedStore & Hostile)[] = [];
let good: Record<Protocol, RecordingStore>;
beforeAll(async () => {
  good = { imap: await recordingStore("good", "imap"), pop3: await recordingStore("good", "pop3") };
  for (const hostile of Object.values(HOSTILE))
    stores.push(Object.assign(await scriptedStore(hostile.serve), hostile));
});
afterAll(() => Promise.all([...stores, good?.imap, good?.pop3].map((store) => store?.close())));

/** Time-outs that a store may use up; the client's own is far away. */
const limits = { connectSeconds: 1, bannerSeconds: 0.5, storeLoginSeconds: 0.5, loginSeconds: 30 };
const listeners = [{ protocol: "imap" }, { protocol: "pop3" }];

async function greeted(edge: AllInOne, protocol: Protocol): Promise<LineClient> {
  const client = await lineClient(edge.ports[protocol === "imap" ? 0 : 1] ?? 0);
  await client.until(/^(\* OK|\+OK).*\r\n/);
  return client;
}

async function loggedIn(edge: AllInOne, protocol: Protocol): Promise<LineClient> {
  const client = await greeted(edge, protocol);
  expect(await logIn(client, protocol, "PLAIN", GOOD, RIGHT)).toMatch(/(a OK|\+OK)/);
  return client;
}

async function expectAlive(client: LineClient): Promise<void> {
  client.send("x WHO\r\n");
  expect(await client.until(/\* .* at .*\r\n/)).toBe(`* ${GOOD} at good\r\n`);
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a hostile store of %s", (runtime) => {
  let edge: AllInOne;
  let session: LineClient;

  beforeAll(async () => {
    const at = (port: number) => ({ port, tls: "none" });
    edge = await allInOne(runtime, {
      users: {
        [GOOD]: ["good"],
        ...Object.fromEntries(NAMES.map((name, index) => [loginOf(name), [`store${index}`]])),
      },
      stores: {
        good: { address: "127.0.0.1", imap: at(good.imap.port), pop3: at(good.pop3.port) },
        ...Object.fromEntries(
          stores.map(({ port, protocol, startTls: secure }, index) => [
            `store${index}`,
            {
              address: "127.0.0.1",
              verifyCertificate: false,
              [protocol]: { port, tls: secure ? "starttls" : "none" },
            },
          ]),
        ),
      },
      instance: { mechanisms: ["PLAIN", "SCRAM-SHA-256"], listeners, limits },
    });
    session = await loggedIn(edge, "imap");
  });
  afterAll(() => edge?.stop());

  test.each(NAMES)("that sends %s ends its own login alone", { timeout: BOUND_MS }, async (name) => {
    const store = stores[NAMES.indexOf(name)];
    if (store === undefined) throw new Error(name);
    const { protocol, way = "PLAIN", code, progress, detail = /./ } = store;
    const client = await greeted(edge, protocol);
    const arrived = store.accepted();
    const answer =
      way === "PLAIN"
        ? logIn(client, protocol, way, loginOf(name), RIGHT)
        : challenged(client, protocol, name);
    const socket = await arrived;
    const gone = new Promise((resolve) => socket.once("end", resolve).once("close", resolve));
    await expectAlive(session);
    (await loggedIn(edge, protocol)).socket.destroy();
    expect(await answer).toMatch(DOWN[protocol]);
    await gone;
    client.socket.destroy();
    const line = await edge.session(({ login }) => login === loginOf(name));
    expect(line.failures).toMatchObject([
      {
        code: expect.stringMatching(new RegExp(`^${code}$`)),
        progress: expect.stringMatching(new RegExp(`^${progress}$`)),
        detail: expect.stringMatching(detail),
      },
    ]);
    expect(JSON.stringify(line)).not.toContain(
      Buffer.from(`\0${loginOf(name)}\0${RIGHT}`).toString("base64"),
    );
    await expectAlive(session);
  });

  /** Answers every challenge, for as long as there are any. */
  async function challenged(client: LineClient, protocol: Protocol, name: string): Promise<string> {
    const first = Buffer.from(`n,,n=${loginOf(name)},r=x`).toString("base64");
    client.send(`${protocol === "imap" ? "a AUTHENTICATE" : "AUTH"} SCRAM-SHA-256 ${first}\r\n`);
    for (let answered = 0; answered < 20; answered++) {
      const line = await client.until(/^(\+ |a |-ERR).*\r\n/m);
      if (!line.endsWith(CHALLENGE)) return line;
      client.send(`${first}\r\n`);
    }
    return client.until(/^(a |-ERR).*\r\n/m);
  }
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a hostile route API of %s", (runtime) => {
  /** What the API says of whoever asks next. */
  let route: object = {};
  let api: Server;
  let edge: AllInOne;
  const honest = { account: GOOD, uuid: "u1", mailHost: ["good"], version: "1" };

  beforeAll(async () => {
    const port = await freePort();
    api = createServer((_request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(route));
    });
    await new Promise<void>((resolve) => api.listen(port, "127.0.0.1", resolve));
    const at = (protocol: Protocol) => ({ port: good[protocol].port, tls: "none" });
    edge = await allInOne(runtime, {
      routeApi: `http://127.0.0.1:${port}`,
      users: {},
      stores: { good: { address: "127.0.0.1", replay: "login", imap: at("imap"), pop3: at("pop3") } },
      instance: { listeners, limits },
    });
  });
  afterAll(async () => {
    await edge?.stop();
    api?.closeAllConnections();
    api?.close();
  });

  test.each([
    ["an account with CRLF", { ...honest, account: "good\r\nM LOGOUT" }],
    ["an account with NUL", { ...honest, account: "good\0" }],
    ["an account with C1", { ...honest, account: "good\u0085" }],
    ["no account", { ...honest, account: "" }],
    ["an account that is none", { ...honest, account: { toString: "x" } }],
    ["a store with CRLF", { ...honest, mailHost: ["good\r\n"] }],
    ["no store", { ...honest, mailHost: [] }],
    ["nothing", {}],
  ])("gets no line to a store by %s", async (_name, hostile) => {
    route = hostile;
    for (const protocol of ["imap", "pop3"] as const) {
      const before = good[protocol].lines.length;
      const client = await greeted(edge, protocol);
      expect(await logIn(client, protocol, "command", GOOD, RIGHT)).toMatch(DOWN[protocol]);
      client.socket.destroy();
      expect(good[protocol].lines).toHaveLength(before);
    }
    const broken = ({ failures }: Record<string, unknown>): boolean =>
      JSON.stringify(failures ?? "").includes("breaks the contract");
    expect(await edge.session(broken)).toMatchObject({ failures: [{ code: "route-unavailable" }] });
  });
});
