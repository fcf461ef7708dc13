import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { type LineClient, lineClient } from "../../support/clients/line-client.ts";
import { logIn, type Protocol, type Way } from "../../support/clients/logins.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import {
  MECHANISMS,
  type RecordingStore,
  RIGHT,
  recordingStore,
} from "../../support/stores/recording-store.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

const PROTOCOLS = ["imap", "pop3"] as const;
const ALICE = "alice@example.com";
const BOB = "bob@example.com";
const WAYS: readonly Way[] = [...MECHANISMS, "command"];
const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");

/** Stores by their mailHost and protocol. */
const stores: Record<string, RecordingStore> = {};
let folder: { path: string; remove(): void };
let tls: { certFile: string; keyFile: string };

beforeAll(async () => {
  for (const name of ["store1", "store2"]) {
    for (const protocol of PROTOCOLS) stores[`${name} ${protocol}`] = await recordingStore(name, protocol);
  }
  folder = makeFolder("hostile-client");
  const { certFile, keyFile } = await makeCertificate(folder.path);
  tls = { certFile, keyFile };
});
afterAll(async () => {
  await Promise.all(Object.values(stores).map((store) => store.close()));
  folder?.remove();
});

const linesOf = (name: string): string[] => stores[name]?.lines ?? [];
/** All that any store has heard, and no more of it afterwards. */
const heard = (): string[] => Object.values(stores).flatMap(({ lines }) => lines.splice(0));

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a hostile client of %s", (runtime) => {
  let edge: AllInOne;
  const LISTENERS = ["imap", "pop3", "proxied", "distrusted"] as const;
  const port = (name: (typeof LISTENERS)[number]): number => edge.ports[LISTENERS.indexOf(name)] ?? 0;

  beforeAll(async () => {
    const at = (name: string) => ({
      address: "127.0.0.1",
      imap: { port: stores[`${name} imap`]?.port, tls: "none" },
      pop3: { port: stores[`${name} pop3`]?.port, tls: "none" },
      forwardClient: name === "store2",
    });
    edge = await allInOne(runtime, {
      users: { [ALICE]: ["store1"], [BOB]: ["store2"] },
      stores: { store1: at("store1"), store2: at("store2") },
      edge: { loginBytes: 262_144 },
      instance: {
        mechanisms: [...MECHANISMS],
        defaultDomain: "example.com",
        routeCache: { freshSeconds: 60, staleSeconds: 60, negativeSeconds: 60 },
        tls: { certificates: [tls] },
        limits: { proxyHeaderSeconds: 0.5, wrongPasswords: 50, loginSeconds: 30 },
        listeners: [
          { protocol: "imap", tls: "starttls" },
          { protocol: "pop3", tls: "starttls" },
          { protocol: "imap", proxyProtocol: "any", trustedProxies: ["127.0.0.1"] },
          { protocol: "imap", proxyProtocol: "any", trustedProxies: ["192.0.2.0/24", "::/96"] },
        ],
      },
    });
  });
  afterAll(() => edge?.stop());

  async function greeted(protocol: Protocol): Promise<LineClient> {
    const client = await lineClient(port(protocol));
    await client.until(/^(\* OK|\+OK).*\r\n/);
    return client;
  }

  /** Whose session it is, and at which store, in the store's own words. */
  async function who(client: LineClient): Promise<string> {
    client.send("x WHO\r\n");
    const answer = await client.until(/^\* .* at .*\r\n/m);
    client.socket.destroy();
    return answer.trim().slice(2);
  }

  async function expectGoodLogin(protocol: Protocol, login = ALICE, at = "store1"): Promise<void> {
    const client = await greeted(protocol);
    expect(await logIn(client, protocol, "PLAIN", login, RIGHT)).toMatch(/^(a OK|\+OK)/m);
    expect(await who(client)).toBe(`${login} at ${at}`);
  }

  /** Sends the parts in clear, one after the other, then begins TLS; resolves with the answer to a probe, or "closed". */
  const afterStartTls = (protocol: Protocol, parts: readonly string[], probe: string): Promise<string> =>
    new Promise((resolve) => {
      const raw: Socket = connect(port(protocol), "127.0.0.1");
      raw.setNoDelay(true);
      raw.once("close", () => resolve("closed"));
      let text = "";
      const listen = (bytes: Buffer): void => {
        if (text === "") for (const part of parts) raw.write(part);
        text += bytes.toString();
        if (!/Begin TLS.*\r\n/.test(text)) return;
        raw.removeListener("data", listen);
        const secure = connectTls({ socket: raw, rejectUnauthorized: false });
        secure.once("error", () => resolve("closed"));
        secure.once("secureConnect", () => secure.write(probe));
        secure.once("data", (answer: Buffer) => {
          resolve(answer.toString());
          secure.destroy();
        });
      };
      raw.on("error", () => {});
      raw.on("data", listen);
    });

  test.each([
    ["imap", "s STARTTLS\r\n", `x LOGIN ${ALICE} ${RIGHT}\r\n`, "y NOOP\r\n", "y OK NOOP completed\r\n"],
    ["pop3", "STLS\r\n", `USER ${ALICE}\r\nPASS ${RIGHT}\r\n`, "NOOP\r\n", "+OK\r\n"],
  ] as const)(
    "injects nothing into %s by STARTTLS, however it is cut",
    async (protocol, begin, injected, probe, reply) => {
      heard();
      const text = begin + injected;
      const cutAt = async (at: number): Promise<void> => {
        const answer = await afterStartTls(protocol, [text.slice(0, at), text.slice(at)], probe);
        // What comes later than the command may be taken for TLS, and is none: then the connection ends.
        expect([at, answer]).toBeOneOf(
          at < begin.length
            ? [[at, reply]]
            : [
                [at, reply],
                [at, "closed"],
              ],
        );
      };
      expect(await afterStartTls(protocol, [text], probe)).toBe(reply);
      for (let at = 1; at < text.length; at++) await cutAt(at);
      expect(heard()).toEqual([]);
      await expectGoodLogin(protocol);
    },
  );

  const HOSTILE: [user: string, password: string][] = [
    ...["\r\nM LOGOUT", "\r", "\n", "\0", "\0\r\n"].flatMap((octets): [string, string][] => [
      [`alice${octets}@example.com`, RIGHT],
      [ALICE, `${RIGHT}${octets}`],
    ]),
    ...["\x01", "\x1b[2J", "\x7f", "\xc2\x85", "\xc0\xaf", "\xed\xa0\x80", "\xff"].map(
      (octets): [string, string] => [`alice${octets}@example.com`, RIGHT],
    ),
    ...[
      "..",
      ".",
      "../../v1/users/alice",
      "alice%40example.com",
      "alice@example.com?domain=x",
      "alice@example.com#",
    ].map((name): [string, string] => [name, RIGHT]),
    ...[
      "*)(mail=*",
      "alice' OR '1'='1",
      "alice@example.com/",
      "/alice@example.com",
      "__proto__",
      "constructor",
    ].map((name): [string, string] => [name, RIGHT]),
    [`${"a".repeat(256)}@example.com`, RIGHT],
  ];

  test.each(PROTOCOLS)("gets no hostile name or password of %s to a store", async (protocol) => {
    heard();
    const attempts = WAYS.flatMap((way) => HOSTILE.map(([user, password]) => ({ way, user, password })));
    await Promise.all(
      attempts.map(async ({ way, user, password }) => {
        // SCRAM and tokens carry no password that ends a line; POP3's commands end at the line.
        if (user === ALICE && !["PLAIN", "LOGIN", "command"].includes(way)) return;
        if (way === "command" && protocol === "pop3" && /[\r\n]/.test(user + password)) return;
        const client = await greeted(protocol);
        const answer = await logIn(client, protocol, way, user, password);
        expect([way, user, password, answer]).toEqual([
          way,
          user,
          password,
          expect.stringMatching(/^(a NO \[AUTHENTICATIONFAILED\]|a BAD|-ERR \[AUTH\]|-ERR Malformed)/),
        ]);
        client.socket.destroy();
      }),
    );
    expect(heard()).toEqual([]);
    await expectGoodLogin(protocol);
  });

  test.each(PROTOCOLS)("acts for nobody else by the authorisation id of %s", async (protocol) => {
    heard();
    for (const [mechanism, message, answer] of [
      ["PLAIN", `${BOB}\0${ALICE}\0${RIGHT}`, /^(a NO \[AUTHORIZATIONFAILED\]|-ERR \[AUTH\]) Not authorized/],
      ["PLAIN", `${BOB}\0\0${RIGHT}`, /^(a NO \[AUTHENTICATIONFAILED\]|-ERR \[AUTH\]) /],
      ["PLAIN", `\0${ALICE}\0${RIGHT}\0`, /^(a BAD|-ERR) Malformed/],
      [
        "SCRAM-SHA-256",
        `n,a=${BOB},n=${ALICE},r=x`,
        /^(a NO \[AUTHORIZATIONFAILED\]|-ERR \[AUTH\]) Not authorized/,
      ],
      ["SCRAM-SHA-256", `p=tls-unique,,n=${ALICE},r=x`, /^(a BAD|-ERR) Malformed/],
      ["OAUTHBEARER", `n,,\x01auth=Bearer ${RIGHT}\x01\x01`, /^(a BAD|-ERR) Malformed/],
    ] as const) {
      const client = await greeted(protocol);
      client.send(`${protocol === "imap" ? "a AUTHENTICATE" : "AUTH"} ${mechanism} ${base64(message)}\r\n`);
      expect(await client.until(/.*\r\n/)).toMatch(answer);
      client.socket.destroy();
    }
    expect(heard()).toEqual([]);
  });

  test("is never offered -PLUS, and gets none", async () => {
    for (const [protocol, ask, use] of [
      ["imap", "c CAPABILITY\r\n", "a AUTHENTICATE SCRAM-SHA-256-PLUS\r\n"],
      ["pop3", "CAPA\r\n", "AUTH SCRAM-SHA-256-PLUS\r\n"],
    ] as const) {
      const client = await greeted(protocol);
      client.send(ask);
      expect(await client.until(/^(c OK.*|\.)\r\n/m)).not.toMatch(/-PLUS/);
      client.send(use);
      expect(await client.until(/.*\r\n/)).toMatch(/^(a NO \[CANNOT\]|-ERR Unsupported)/);
      client.socket.destroy();
    }
  });

  test("gets no line into what a store is told of it", async () => {
    heard();
    const client = await greeted("imap");
    const value = "x\r\nM LOGOUT\r\n";
    client.send(
      `i ID ("name" {${value.length}+}\r\n${value} "os" "a\\"b\\\\" "x-originating-ip" "10.0.0.1" "x-session-id" "forged" "vendor" "\xe9")\r\n`,
    );
    await client.until(/^i OK.*\r\n/m);
    expect(await logIn(client, "imap", "PLAIN", BOB, RIGHT)).toMatch(/^a OK/m);
    client.socket.destroy();
    const [id, login, ...more] = linesOf("store2 imap");
    expect(id).toMatch(
      /^I ID \("x-session-id" "[0-9a-z-]+" "x-originating-ip" "127\.0\.0\.1" .*"x-proxy-ttl" "\d" "os" "a\\"b\\\\"\)$/,
    );
    expect([login, more]).toEqual([`M AUTHENTICATE PLAIN ${base64(`\0${BOB}\0${RIGHT}`)}`, []]);
    await expectGoodLogin("pop3", BOB, "store2");
    expect(linesOf("store2 pop3")).toEqual([
      expect.stringMatching(/^XCLIENT ADDR=127\.0\.0\.1 PORT=\d+ SESSION=[0-9a-z-]+ TTL=\d$/),
      "CAPA",
      `AUTH PLAIN ${base64(`\0${BOB}\0${RIGHT}`)}`,
    ]);
  });

  test.each(PROTOCOLS)("keeps nothing of a failed login, over every pair of ways of %s", async (protocol) => {
    const pairs = WAYS.flatMap((first) => WAYS.map((second) => [first, second] as const));
    await Promise.all(
      pairs.map(async ([first, second]) => {
        const client = await greeted(protocol);
        const failed = await logIn(client, protocol, first, BOB, "wrong");
        expect([first, second, failed]).toEqual([first, second, expect.stringMatching(/(NO|-ERR) \[AUTH/)]);
        const answer = await logIn(client, protocol, second, ALICE, RIGHT);
        expect([first, second, answer]).toEqual([first, second, expect.stringMatching(/(a OK|\+OK)/)]);
        expect([first, second, await who(client)]).toEqual([first, second, `${ALICE} at store1`]);
      }),
    );
  });

  test("keeps no name of an exchange that it broke off", async () => {
    heard();
    const client = await greeted("pop3");
    client.send(`USER ${BOB}\r\nAUTH LOGIN\r\n${base64(BOB)}\r\n*\r\nPASS ${RIGHT}\r\n`);
    expect(await client.until(/-ERR USER first\r\n/)).toContain("-ERR Authentication cancelled");
    client.send(`AUTH LOGIN\r\n${base64(ALICE)}\r\n${base64(RIGHT)}\r\n`);
    await client.until(/\+OK in\r\n/);
    expect(await who(client)).toBe(`${ALICE} at store1`);
  });

  test("hurts nobody with rubbish in base64", async () => {
    const rubbish = [
      "%%%%",
      "=",
      "A",
      "AAA",
      "AA=A",
      "////",
      "\xff\xff",
      base64("\0\0\0\0"),
      "*".repeat(4000),
    ];
    const bad = async (text: string, protocol: Protocol): Promise<void> => {
      const client = await greeted(protocol);
      client.send(
        Buffer.from(`${protocol === "imap" ? "a AUTHENTICATE" : "AUTH"} PLAIN ${text}\r\n`, "latin1"),
      );
      expect(await client.until(/.*\r\n/)).toMatch(/^(a BAD|-ERR) /);
      client.socket.destroy();
    };
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const protocol = PROTOCOLS[index % 2] ?? "imap";
        return [expectGoodLogin(protocol), bad(rubbish[index % rubbish.length] ?? "", protocol)];
      }).flat(),
    );
  });

  test("gets nobody else's store, with many logins of two users at once", async () => {
    // Both routes are in the cache.
    await expectGoodLogin("imap");
    await expectGoodLogin("imap", BOB, "store2");
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const protocol = PROTOCOLS[index % 2] ?? "imap";
        const way = WAYS[index % WAYS.length] ?? "PLAIN";
        const [typed = "", own] =
          [
            [ALICE, `${ALICE} at store1`],
            [BOB, `${BOB} at store2`],
          ][(index >> 1) % 2] ?? [];
        const client = await greeted(protocol);
        expect(await logIn(client, protocol, way, typed, RIGHT)).toMatch(/(a OK|\+OK)/);
        expect(await who(client)).toBe(own);
      }),
    );
  });

  const V2 = "\r\n\r\n\0\r\nQUIT\n!\x11";
  const ADDRESSES = "\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\0\x02";
  test.each([
    [
      "from a peer that is not trusted",
      "distrusted",
      "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
      "not one of trustedProxies",
    ],
    ["with a TLV that is cut off", "proxied", `${V2}\0\x0e${ADDRESSES}\x04\0`, "a truncated TLV"],
    [
      "with a TLV longer than the header",
      "proxied",
      `${V2}\0\x0f${ADDRESSES}\x04\0\x09`,
      "longer than the header",
    ],
    ["with a wrong check sum", "proxied", `${V2}\0\x13${ADDRESSES}\x03\0\x04abcd`, "checksum mismatch"],
    ["too short for its addresses", "proxied", `${V2}\0\x04\xc0\0\x02\x01`, "too short"],
    ["far too long", "proxied", `${V2}\xff\xff`, "65535 bytes"],
    ["over UDP", "proxied", `${V2.slice(0, -1)}\x12\0\x0c${ADDRESSES}`, "other than TCP"],
    ["of another version", "proxied", `${V2.slice(0, -2)}\x31\x11\0\x0c${ADDRESSES}`, "invalid version"],
    ["with a ClientHello in its place", "proxied", "\x16\x03\x01\0\x05\x01\0\0\x01\0", "no PROXY header"],
  ] as const)("is not believed a PROXY header %s", async (_name, listener, header, detail) => {
    // A peer that is not trusted may be gone before it knows that it was connected.
    const client = await lineClient(port(listener)).catch(() => undefined);
    client?.send(Buffer.from(`${header}a LOGIN ${ALICE} ${RIGHT}\r\n`, "latin1"));
    expect(await client?.closed()).toBeOneOf(listener === "distrusted" ? ["", undefined] : [""]);
    const fits = ({ failures }: Record<string, unknown>): boolean =>
      JSON.stringify(failures ?? "").includes(detail);
    expect(await edge.session(fits)).toMatchObject({ reason: "proxy-header" });
  });

  test("gets no answer to half a PROXY header", async () => {
    for (const header of [`${V2}\0\x0c\xc0\0`, "PROXY TCP4 192.0.2.1 "]) {
      const waiting = await lineClient(port("proxied"));
      waiting.send(Buffer.from(header, "latin1"));
      expect(await waiting.closed()).toBe("");
      const ending = await lineClient(port("proxied"));
      ending.socket.end(Buffer.from(header, "latin1"));
      expect(await ending.closed()).toBe("");
    }
  });

  test("cannot make logins nest that it sends ahead", async () => {
    heard();
    const client = await greeted("imap");
    client.send(`i ID ("x-proxy-ttl" "1")\r\n${"a LOGIN a b\n".repeat(20_000)}`);
    expect(await client.until(/^a .*\r\n/m)).toMatch(/^a NO \[UNAVAILABLE\]/m);
    await expectGoodLogin("imap");
    client.socket.destroy();
    expect(heard()).toHaveLength(1);
  });

  test("fills no memory with answers that it never takes", async () => {
    const socket = connect(port("imap"), "127.0.0.1");
    socket.on("error", () => {});
    socket.pause();
    const over = new Promise((resolve) => socket.once("close", resolve));
    const commands = "c CAPABILITY\r\n".repeat(1000);
    const send = (): void => {
      while (!socket.destroyed && socket.write(commands));
    };
    socket.on("drain", send);
    socket.once("connect", send);
    const line = await edge.session(({ reason }) => reason === "sent-too-much");
    expect(line.protocol).toBe("imap");
    socket.destroy();
    await over;
    await expectGoodLogin("imap");
  });
});
