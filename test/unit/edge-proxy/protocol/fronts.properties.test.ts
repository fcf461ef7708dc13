import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Front, FrontAction, LoginFailure } from "../../../../edge-proxy/protocol/dialogue.ts";
import { imapFronts } from "../../../../edge-proxy/protocol/imap/front.ts";
import {
  decodeOctets,
  encodeOctets,
  isBase64,
  octetsBase64,
} from "../../../../edge-proxy/protocol/octets.ts";
import { pop3Fronts } from "../../../../edge-proxy/protocol/pop3/front.ts";
import { hostileBytes, pieces, sizes, spoken } from "./mutations.ts";

const limits = {
  lineBytes: 128,
  tokenLineBytes: 512,
  idBytes: 384,
  literalBytes: 64,
  badCommands: 3,
  wrongPasswords: 3,
};
const profile = {
  banner: "ready",
  mechanisms: ["PLAIN", "LOGIN", "EXTERNAL", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1", "SCRAM-SHA-256"],
  startTls: true,
  allowPlaintextLogin: true,
  limits,
  capabilities: ["IMAP4rev1", "ID"],
  serverDownAlert: "Your store is down.",
  spoofMessage: { lines: ["Subject: down", "", ".wait"], octets: 25, uid: "notice-1" },
};

const base64 = (text: string): string => octetsBase64(text);
const MESSAGES = [
  base64("\0alice\0secret"),
  base64("eve\0alice\0se\r\ncret"),
  base64("user=alice\x01auth=Bearer abc\x01\x01"),
  base64("n,a=alice,\x01auth=Bearer abc\x01\x01"),
  base64("n,,n=alice,r=abc"),
];
const TOKENS = {
  imap: [
    ...["a LOGIN ", "b AUTHENTICATE PLAIN ", "c AUTHENTICATE SCRAM-SHA-256\r\n", "d AUTHENTICATE LOGIN\r\n"],
    ...["e STARTTLS\r\n", "f NOOP\r\n", "g LOGOUT\r\n", 'h ID ("a" "b" "c" NIL)\r\n', "i ID NIL\r\n"],
    ...["{5}\r\n", "{5+}\r\n", "{0}\r\n", "{99}\r\n", "{99+}\r\n", "{4294967296+}\r\n", '"alice"', "alice"],
    ...["\r\n", "\n", "\r", "\0", " ", "=", "*", "*\r\n", '"', "\\", "(", ")", "x".repeat(200), ...MESSAGES],
  ],
  pop3: [
    ...[
      "USER alice\r\n",
      "PASS secret\r\n",
      "AUTH PLAIN ",
      "AUTH SCRAM-SHA-256 ",
      "AUTH LOGIN\r\n",
      "AUTH\r\n",
    ],
    ...[
      "STLS\r\n",
      "CAPA\r\n",
      "NOOP\r\n",
      "QUIT\r\n",
      "STAT\r\n",
      "RETR 1\r\n",
      "TOP 1 9\r\n",
      "LANG *\r\n",
    ],
    ...["\r\n", "\n", "\r", "\0", " ", "=", "*\r\n", "x".repeat(200), ...MESSAGES],
  ],
};

/** What the session makes of the logins, one after the other. */
type Answer = "ok" | "challenge" | LoginFailure;
const answers = fc.array(
  fc.constantFrom<Answer>("ok", "challenge", "credentials", "unavailable", "store-down", "cancelled"),
  { minLength: 1, maxLength: 6 },
);

interface Played {
  front: Front;
  /** All that happened: bytes that follow each other are one entry. */
  happened: string[];
  /** Closed, or logged in. */
  over: boolean;
  startedTls: boolean;
}

/** Feeds the pieces; every login is answered at once, and nothing follows STARTTLS. */
function play(front: Front, parts: readonly Uint8Array[], script: readonly Answer[]): Played {
  const played: Played = { front, happened: [], over: false, startedTls: false };
  let asked = 0;
  const next = (): FrontAction[] => {
    const answer = script[asked++ % script.length] ?? "credentials";
    if (answer === "challenge") return front.challenge("c2VydmVy");
    if (answer !== "ok") return front.answer({ ok: false, failure: answer, alerts: [] });
    const actions = front.answer({ ok: true, text: "in", untagged: "" });
    expect(actions).toHaveLength(1);
    played.over = true;
    return actions;
  };
  const take = (actions: readonly FrontAction[]): void => {
    expect(actions.findIndex((action) => action.do === "close")).toBeOneOf([-1, actions.length - 1]);
    for (const action of actions) {
      if (action.do === "write") write(played.happened, decodeOctets(action.bytes));
      else played.happened.push(described(action));
      if (action.do === "close") played.over = true;
      if (action.do === "startTls") played.startedTls = true;
      if (action.do === "login" || action.do === "respond") take(next());
    }
  };
  take(front.open("clear"));
  for (const part of parts) {
    take(front.receive(part));
    if (!played.over) expect(front.heldBytes).toBeLessThanOrEqual(LONGEST);
  }
  return played;
}

/** The longest thing that a front may hold while it waits for the rest of it. */
const LONGEST = limits.tokenLineBytes + limits.literalBytes;

function write(happened: string[], text: string): void {
  // Whatever a client sent, it never ends or begins a line of ours.
  expect(text).toMatch(/^(?:[^\0\r\n]*\r\n)+$/);
  const last = happened.at(-1);
  if (last?.startsWith("S: ") === true) happened[happened.length - 1] = last + text;
  else happened.push(`S: ${text}`);
}

function described(action: Exclude<FrontAction, { do: "write" }>): string {
  if (action.do === "respond") {
    const message = action.message?.reveal();
    expect(message === undefined || isBase64(message)).toBe(true);
    return `respond ${message}`;
  }
  if (action.do !== "login")
    return JSON.stringify(action, (_, value) => (value instanceof Map ? [...value] : value));
  const { credentials } = action;
  if (credentials.kind === "exchange") expect(isBase64(credentials.initial.reveal())).toBe(true);
  const secret = credentials.kind === "password" ? credentials.password.reveal() : "";
  return `login ${credentials.mechanism} ${credentials.user} ${secret}`;
}

describe.each([
  ["imap", imapFronts(profile), "z NOOP\r\n", "z OK NOOP completed\r\n"],
  ["pop3", pop3Fronts(profile), "NOOP\r\n", "+OK\r\n"],
] as const)("a front of %s that is sent anything", (protocol, create, probe, reply) => {
  const stream = hostileBytes(spoken(`${protocol}-front`, "client"), TOKENS[protocol]);

  test("does the same however the bytes are cut, and holds no more than its limits", () => {
    fc.assert(
      fc.property(stream, sizes, answers, (bytes, lengths, script) => {
        const whole = play(create(), [bytes], script);
        expect(play(create(), pieces(bytes, lengths), script).happened).toEqual(whole.happened);
      }),
      { numRuns: 3000 },
    );
  });

  test("does nothing more once it has closed", () => {
    fc.assert(
      fc.property(stream, answers, stream, (bytes, script, more) => {
        const { front, over } = play(create(), [bytes], script);
        if (!over) return;
        const late = [
          front.receive(more),
          front.challenge("eA=="),
          front.answer({ ok: false, failure: "limit", alerts: [] }),
        ];
        expect(late).toEqual([[], [], []]);
      }),
      { numRuns: 1000 },
    );
  });

  test("knows nothing under TLS of what came in clear", () => {
    fc.assert(
      fc.property(stream, stream, sizes, (before, after, lengths) => {
        const begun = protocol === "imap" ? "s STARTTLS\r\n" : "STLS\r\n";
        const bytes = Buffer.concat([before, encodeOctets(`\r\n${begun}`), after]);
        const { front, startedTls } = play(create(), pieces(bytes, lengths), ["unavailable"]);
        if (!startedTls) return;
        expect(front.heldBytes).toBe(0);
        expect(front.secured("tls")).toEqual([]);
        expect(front.receive(encodeOctets(probe))).toEqual([{ do: "write", bytes: encodeOctets(reply) }]);
      }),
      { numRuns: 1000 },
    );
  });
});
