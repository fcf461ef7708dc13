import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
  Back,
  BackAction,
  BackTask,
  StoreCredentials,
  StoreOutcome,
} from "../../../../edge-proxy/protocol/dialogue.ts";
import { createImapBack } from "../../../../edge-proxy/protocol/imap/back.ts";
import { decodeOctets, octetsBase64, SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { createPop3Back } from "../../../../edge-proxy/protocol/pop3/back.ts";
import { hostileBytes, pieces, sizes, spoken } from "./mutations.ts";

const PASSWORD = 'Tr0ub4dor "&" 3';
const TOKEN = "eyJ0b2tlbiI6MX0";
const ECHOES = [
  PASSWORD,
  PASSWORD.replaceAll('"', '\\"'),
  octetsBase64(`\0alice\0${PASSWORD}`),
  octetsBase64(`alice\0admin\0${PASSWORD}`),
  octetsBase64(`user=alice\x01auth=Bearer ${TOKEN}\x01\x01`),
  TOKEN,
];
const TOKENS = {
  imap: [
    ...[
      "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR ID] ready\r\n",
      "* OK ready\r\n",
      "M OK in\r\n",
      "M NO ",
    ],
    ...[
      "* CAPABILITY IMAP4rev1 LITERAL+ AUTH=XOAUTH2 ID\r\n",
      "M BAD ",
      "+ \r\n",
      "+ c2VydmVy\r\n",
      "+\r\n",
      "I OK\r\n",
    ],
    ...[
      "* BYE ",
      "* PREAUTH x\r\n",
      "[PRIVACYREQUIRED] ",
      "[AUTHENTICATIONFAILED] ",
      "* 1 EXISTS\r\n",
      "M OK [CAPABILITY A",
    ],
    ...["\r\n", "\n", "\r", "\0", " ", "* ", "]", "x".repeat(300), ...ECHOES],
  ],
  pop3: [
    ...[
      "+OK [XCLIENT] ready\r\n",
      "+OK ready\r\n",
      "+OK\r\n",
      "-ERR ",
      "-ERR [AUTH] ",
      "SASL PLAIN XOAUTH2\r\n",
    ],
    ...[".\r\n", "+ \r\n", "+ c2VydmVy\r\n", "+\r\n", "-ERR [IN-USE] \r\n", "+OK in\r\n"],
    ...["\r\n", "\n", "\r", "\0", " ", ".", "x".repeat(300), ...ECHOES],
  ],
};

/** Octets that got through the check of a login: anything but NUL, CR and LF. */
const octets = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((bytes) => decodeOctets(bytes).replace(/[\0\r\n]/g, "x"));
/** What a client says of itself: anything. */
const said = fc.uint8Array({ maxLength: 40 }).map((bytes) => decodeOctets(bytes).toLowerCase());

const credentials: fc.Arbitrary<StoreCredentials> = fc.oneof(
  fc.record({ user: octets, secret: octets, admin: fc.boolean() }).map(({ user, secret, admin }) => ({
    kind: "password" as const,
    user,
    password: new SecretOctets(secret),
    ...(admin ? { authorizationId: user } : {}),
  })),
  fc.constant({ kind: "password", user: "alice", password: new SecretOctets(PASSWORD) } as const),
  fc.constant({
    kind: "exchange",
    mechanism: "XOAUTH2",
    initial: new SecretOctets(octetsBase64(`user=alice\x01auth=Bearer ${TOKEN}\x01\x01`)),
  } as const),
);

const tasks: fc.Arbitrary<BackTask> = fc.record({
  credentials,
  startTls: fc.boolean(),
  replay: fc.constantFrom("auto", "plain", "login"),
  client: fc.option(
    fc.array(fc.tuple(said, fc.option(said, { nil: undefined })), { maxLength: 40 }).map((fields) => ({
      ...{
        sid: "s-1",
        address: "2001:db8::1",
        port: 4711,
        localAddress: "192.0.2.1",
        localPort: 993,
        hopsLeft: 4,
      },
      id: new Map(fields),
    })),
    { nil: undefined },
  ),
});

interface Played {
  back: Back;
  written: string;
  happened: string[];
  outcomes: StoreOutcome[];
  startedTls: boolean;
}

/** Feeds the pieces; TLS is up at once. A client that is not slow answers challenges at once, and cancels the third. */
function play(back: Back, parts: readonly Uint8Array[], slow = false): Played {
  const played: Played = { back, written: "", happened: [], outcomes: [], startedTls: false };
  let challenges = 0;
  const take = (actions: readonly BackAction[]): void => {
    for (const action of actions) {
      if (action.do === "write") played.written += decodeOctets(action.bytes);
      else played.happened.push(action.do === "outcome" ? JSON.stringify(action.outcome) : action.do);
      if (action.do === "outcome") played.outcomes.push(action.outcome);
      if (action.do === "startTls") {
        played.startedTls = true;
        take(back.secured());
      }
      if (action.do === "challenge" && !slow) {
        take(back.respond(++challenges < 3 ? new SecretOctets("Y2xpZW50") : undefined));
      }
    }
  };
  for (const part of parts) take(back.receive(part));
  return played;
}

const QUOTED = '"(?:[^\\0\\r\\n"\\\\\\x80-\\xff]|\\\\["\\\\])*"';
const BASE64 = "[A-Za-z0-9+/]*={0,2}";
/** Every line that a back may write, but for the arguments of LOGIN, USER and PASS. */
const LINES = {
  imap: new RegExp(
    `^(?:M STARTTLS|M CAPABILITY|I ID \\(${QUOTED} ${QUOTED}(?: ${QUOTED} (?:${QUOTED}|NIL))*\\)|M AUTHENTICATE [A-Z0-9-]+(?: ${BASE64})?|${BASE64}|\\*)$`,
  ),
  pop3: new RegExp(
    `^(?:STLS|CAPA|XCLIENT ADDR=[0-9a-f:.]+ PORT=\\d+ SESSION=\\S+ TTL=\\d+|AUTH [A-Z0-9-]+(?: ${BASE64})?|${BASE64}|\\*)$`,
  ),
};

/** Takes the login commands out, as a store would read them; they must carry the very name and password. */
function withoutLogin(protocol: "imap" | "pop3", text: string, task: BackTask): string {
  if (task.credentials.kind !== "password") return text;
  const { user, password } = task.credentials;
  if (protocol === "pop3") {
    return text.replace(`USER ${user}\r\n`, "").replace(`PASS ${password.reveal()}\r\n`, "");
  }
  const escaped = (argument: string): string => `"${argument.replace(/["\\]/g, "\\$&")}"`;
  const forms = (argument: string): string[] =>
    ["", "+"].map((plus) => `{${argument.length}${plus}}\r\n${argument}`).concat(escaped(argument));
  const commands = forms(user).flatMap((first) =>
    forms(password.reveal()).map((second) => `M LOGIN ${first} ${second}\r\n`),
  );
  // A store that never asks for a literal gets no more than the command's beginning.
  const begun = commands.flatMap((command) =>
    [...command.matchAll(/\{\d+\}\r\n/g)].map((match) => command.slice(0, match.index + match[0].length)),
  );
  const sent = [...commands, ...begun]
    .sort((a, b) => b.length - a.length)
    .find((part) => text.includes(part));
  return sent === undefined ? text : text.replace(sent, "");
}

describe.each([
  ["imap", createImapBack],
  ["pop3", createPop3Back],
] as const)("a back of %s whose store sends anything", (protocol, create) => {
  const stream = hostileBytes(spoken(`${protocol}-back`, "server"), TOKENS[protocol]);

  test("comes to the same end however the bytes are cut, and to one end only", () => {
    fc.assert(
      fc.property(stream, sizes, tasks, stream, (bytes, lengths, task, more) => {
        // A store that does not wait for the client's answer is another matter than how its bytes are cut.
        const whole = play(create(task), [bytes], true);
        const cut = play(create(task), pieces(bytes, lengths), true);
        // Bytes behind the answer to STARTTLS end a login where they came in one read with it; else they are TLS.
        if (!cut.startedTls) expect(cut).toEqual({ ...whole, back: cut.back });
        for (const { back, outcomes } of [whole, cut, play(create(task), pieces(bytes, lengths))]) {
          expect(outcomes.length).toBeLessThanOrEqual(1);
          if (outcomes.length === 0) continue;
          expect([back.receive(more), back.respond(new SecretOctets("eA=="))]).toEqual([[], []]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("writes nothing but the lines it means, each once", () => {
    fc.assert(
      fc.property(stream, sizes, tasks, (bytes, lengths, task) => {
        const { written } = play(create(task), pieces(bytes, lengths));
        const lines = withoutLogin(protocol, written, task).split("\r\n");
        expect(lines.pop()).toBe("");
        for (const line of lines) expect(line).toMatch(LINES[protocol]);
        const commands = lines.filter(
          (line) => /^(M|I|STLS|XCLIENT|AUTH)\b/.test(line) && line.includes(" "),
        );
        expect(new Set(commands).size).toBe(commands.length);
      }),
      { numRuns: 2000 },
    );
  });

  test("tells the operator no secret, whatever the store repeats", () => {
    fc.assert(
      fc.property(stream, tasks, fc.constantFrom(...ECHOES), (bytes, task, echo) => {
        const lines = Buffer.concat([bytes, Buffer.from(` ${echo}\r\n-ERR ${echo}\r\nM NO ${echo}\r\n`)]);
        const { outcomes } = play(create({ ...task, credentials: ALICE[task.credentials.kind] }), [lines]);
        for (const outcome of outcomes) {
          if (outcome.ok) continue;
          expect(outcome.detail).toMatch(/^[\x20-\x7e]{0,260}$/);
          const secrets = task.credentials.kind === "password" ? ECHOES.slice(0, 3) : ECHOES.slice(4);
          for (const secret of secrets) expect(outcome.detail).not.toContain(secret);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

const ALICE: Record<StoreCredentials["kind"], StoreCredentials> = {
  password: { kind: "password", user: "alice", password: new SecretOctets(PASSWORD) },
  exchange: {
    kind: "exchange",
    mechanism: "XOAUTH2",
    initial: new SecretOctets(octetsBase64(`user=alice\x01auth=Bearer ${TOKEN}\x01\x01`)),
  },
};
