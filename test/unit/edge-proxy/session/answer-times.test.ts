import { describe, expect, test, vi } from "vitest";
import { newRecord } from "../../../../edge-proxy/observe/session-record.ts";
import type { Credentials } from "../../../../edge-proxy/protocol/dialogue.ts";
import { base64Octets, octetsBase64, SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { Login } from "../../../../edge-proxy/session/login.ts";
import { routeAnswer } from "../routing/api-double.ts";
import { makeRig, type Rig } from "./session-rig.ts";

/*
 * The clock of these tests is the timers' own: it moves from one timer to the next and no further, however busy the
 * machine is. Two logins that cannot be told apart have had the same answers at the same times.
 */

const ADDRESSES = { remoteAddress: "192.0.2.7", remotePort: 1, localAddress: "10.0.0.1", localPort: 143 };
const ROUTES = {
  alice: routeAnswer("alice"),
  disabled: routeAnswer("disabled", { status: "disabled" }),
  elsewhere: routeAnswer("elsewhere", { services: ["-imap:*$+pop3:*"] }),
};
const NONCE = "rOprNGfwEbeRWgbNEkqO";

const password = (user: string): Credentials => ({
  kind: "password",
  mechanism: "PLAIN",
  user,
  password: new SecretOctets("wrong"),
});
const scram = (user: string): Credentials & { kind: "exchange" } => ({
  kind: "exchange",
  mechanism: "SCRAM-SHA-256",
  user,
  initial: new SecretOctets(octetsBase64(`n,,n=${user},r=${NONCE}`)),
});

interface Heard {
  what: string;
  atMs: number;
}

/** What a client hears, and when, in milliseconds after its login; `answers` plays the store. */
async function hears(
  rig: Rig,
  credentials: Credentials,
  answers: (store: Rig["transport"]["last"], waits: (ms: number) => Promise<void>) => Promise<void>,
): Promise<Heard[]> {
  const heard: Heard[] = [];
  const waits = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));
  // Each begins on a tick of the wheel: times count from there.
  for (const { tick } = rig.wheel; rig.wheel.tick === tick; ) await waits(1);
  const startedMs = performance.now();
  const note = (what: string): void => void heard.push({ what, atMs: performance.now() - startedMs });
  const stores = rig.transport.connections.length;
  const login = new Login(
    rig.services,
    {
      challenge(message) {
        note(`challenge ${message}`);
        login.respond(new SecretOctets(octetsBase64(`c=biws,r=${NONCE},p=d3Jvbmc=`)));
      },
      delayed() {},
      loginFailed: note,
      loggedIn() {},
    },
    newRecord("main", "imap", ADDRESSES),
    { credentials, introduction: undefined, certificate: undefined },
  );
  login.start();
  if (rig.transport.connections.length > stores) await answers(rig.transport.last, waits);
  await waits(60_000);
  return heard;
}

const GREETING = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256] ready\r\n";
const NO = "M NO [AUTHENTICATIONFAILED] no\r\n";

describe("a password", () => {
  const afterMs =
    (ms: number): Parameters<typeof hears>[2] =>
    async (store, waits) => {
      store.accepts().says(GREETING);
      await waits(ms);
      store.says(NO);
    };

  test("of nobody, of a disabled user and a wrong one are answered alike, at the same time", async () => {
    const all = [];
    for (const user of ["alice", "nobody", "disabled", "elsewhere"]) {
      all.push(await hears(makeRig({ routes: ROUTES }), password(user), afterMs(300)));
    }
    expect(all).toEqual(all.map(() => [{ what: "credentials", atMs: 2500 }]));
  });

  test("that a store judges later than failedLoginSeconds is answered later, and tells a user from nobody", async () => {
    const slow = async (user: string, instance: object = {}): Promise<Heard[]> =>
      hears(makeRig({ routes: ROUTES, instance }), password(user), afterMs(3000));
    expect([await slow("alice"), await slow("nobody")]).toEqual([
      [{ what: "credentials", atMs: 3100 }],
      [{ what: "credentials", atMs: 2500 }],
    ]);
    const longer = { limits: { failedLoginSeconds: 4 } };
    expect(await slow("alice", longer)).toEqual(await slow("nobody", longer));
  });
});

describe("SCRAM", () => {
  const SALT = Buffer.alloc(12, 7).toString("base64");
  const CHALLENGE = octetsBase64(`r=${NONCE}0123456789,s=${SALT},i=8192`);
  const store: Parameters<typeof hears>[2] = async (wire, waits) => {
    wire.accepts().says(GREETING);
    await waits(40);
    wire.says(`+ ${CHALLENGE}\r\n`);
    await waits(5);
    wire.says(NO);
  };
  const read = (message = "") =>
    /^r=(.+),s=(.+),i=(\d+)$/.exec(base64Octets(message.replace("challenge ", "")) ?? "") ?? [];

  test("of nobody and of a disabled user is answered as a wrong proof is: in form, in number, at the same times", async () => {
    const rig = makeRig({ routes: ROUTES });
    const real = await hears(rig, scram("alice"), store);
    expect(real.map(({ what }) => what)).toEqual([`challenge ${CHALLENGE}`, "credentials"]);
    for (const user of ["nobody", "disabled", "elsewhere"]) {
      const madeUp = await hears(rig, scram(user), store);
      expect(madeUp.map(({ atMs }) => atMs)).toEqual(real.map(({ atMs }) => atMs));
      expect(madeUp[1]?.what).toBe("credentials");
      const [, nonce = "", salt = "", iterations] = read(madeUp[0]?.what);
      expect(nonce.startsWith(NONCE)).toBe(true);
      expect(nonce).toHaveLength(`${NONCE}0123456789`.length);
      expect(Buffer.from(salt, "base64")).toHaveLength(12);
      expect(iterations).toBe("8192");
    }
    expect(rig.transport.connections).toHaveLength(1);
  });

  test("has one salt for each name, every time and at every edge, and another nonce each time", async () => {
    const challenges = [];
    for (const users of [
      ["nobody", "nobody"],
      ["nobody", "nobody2"],
    ]) {
      const edge = makeRig();
      for (const user of users) {
        const [challenge] = await hears(edge, scram(user), store);
        challenges.push(read(challenge?.what));
      }
    }
    const salts = challenges.map(([, , salt]) => salt);
    expect(salts.slice(0, 3)).toEqual([salts[0], salts[0], salts[0]]);
    expect(salts[3]).not.toBe(salts[0]);
    expect(new Set(challenges.map(([, nonce]) => nonce)).size).toBe(4);
    expect(challenges.map(([, , , iterations]) => iterations)).toEqual(["4096", "4096", "4096", "4096"]);
  });

  test("that a client cancels is cancelled, whoever it was for", async () => {
    const rig = makeRig();
    const heard: string[] = [];
    const login = new Login(
      rig.services,
      {
        challenge: () => login.respond(undefined),
        delayed() {},
        loginFailed: (failure) => void heard.push(failure),
        loggedIn() {},
      },
      newRecord("main", "imap", ADDRESSES),
      { credentials: scram("nobody"), introduction: undefined, certificate: undefined },
    );
    login.start();
    rig.passes(3);
    expect(heard).toEqual(["cancelled"]);
  });

  test("of a client that leaves before its challenge is over", async () => {
    const rig = makeRig({ routes: ROUTES });
    await hears(rig, scram("alice"), store);
    const heard: string[] = [];
    const login = new Login(
      rig.services,
      {
        challenge: () => heard.push("challenge"),
        delayed() {},
        loginFailed: (f) => heard.push(f),
        loggedIn() {},
      },
      newRecord("main", "imap", ADDRESSES),
      { credentials: scram("nobody"), introduction: undefined, certificate: undefined },
    );
    login.start();
    login.cancel();
    rig.passes(10);
    expect(heard).toEqual([]);
  });
});

describe("a token", () => {
  const token = (user: string): Credentials => ({
    kind: "exchange",
    mechanism: "XOAUTH2",
    user,
    initial: new SecretOctets(octetsBase64(`user=${user}\x01auth=Bearer t\x01\x01`)),
  });
  const ERROR = octetsBase64('{"status":"401"}');
  const store: Parameters<typeof hears>[2] = async (wire, waits) => {
    wire.accepts().says(GREETING.replace("AUTH=PLAIN", "AUTH=XOAUTH2"));
    await waits(30);
    wire.says(`+ ${ERROR}\r\n`);
    await waits(5);
    wire.says(NO);
  };

  test("for nobody and for a disabled user is answered as one that is not valid", async () => {
    const rig = makeRig({ routes: ROUTES });
    const real = await hears(rig, token("alice"), store);
    expect(real).toEqual([
      { what: `challenge ${ERROR}`, atMs: 30 },
      { what: "credentials", atMs: 2500 },
    ]);
    for (const user of ["nobody", "disabled"]) expect(await hears(rig, token(user), store)).toEqual(real);
  });
});
