import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
  Back,
  BackAction,
  BackTask,
  ForwardedClient,
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
    ...["* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR ID] ready\r\n", "* OK ready\r\n", "S OK go\r\n"],
    ...["* CAPABILITY IMAP4rev1 LITERAL+ AUTH=XOAUTH2 AUTH=SCRAM-SHA-1 ID\r\n", "C OK done\r\n"],
    ...["M OK in\r\n", "M2 OK in\r\n", "M3 OK in\r\n", "M NO ", "M2 NO no\r\n", "M3 NO no\r\n"],
    ...["M BAD what\r\n", "M2 BAD what\r\n", "M3 BAD what\r\n", "I OK\r\n", "Z NO\r\n"],
    ...["+ \r\n", "+ c2VydmVy\r\n", "+\r\n", "* BYE ", "* PREAUTH x\r\n", "* 1 EXISTS\r\n"],
    ...[
      "[PRIVACYREQUIRED] ",
      "[AUTHENTICATIONFAILED] ",
      "[REFERRAL imap://x/] ",
      "[ALERT] ",
      "* NO [ALERT] full\r\n",
    ],
    ...["Too many connections", "{3}\r\n", "* LIST {4}\r\n", "M OK [CAPABILITY A"],
    ...["\r\n", "\n", "\r", "\0", " ", "* ", "]", "x".repeat(300), ...ECHOES],
  ],
  pop3: [
    ...["+OK [XCLIENT] ready\r\n", "+OK ready\r\n", "+OK\r\n", "-ERR ", "-ERR\r\n", "-ERR [AUTH] "],
    ...["SASL PLAIN XOAUTH2 SCRAM-SHA-1\r\n", "AUTH-RESP-CODE\r\n", ".\r\n"],
    ...["+ \r\n", "+ c2VydmVy\r\n", "+\r\n", "-ERR [IN-USE] \r\n", "+OK in\r\n", "-ERR maildrop locked\r\n"],
    ...["-ERR AUTH not implemented\r\n", "-ERR Bad login\r\n", "[SYS/TEMP] ", "[REFERRAL/x] "],
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
  fc.constantFrom(
    {
      kind: "exchange" as const,
      mechanism: "XOAUTH2",
      initial: new SecretOctets(octetsBase64(`user=alice\x01auth=Bearer ${TOKEN}\x01\x01`)),
    },
    {
      kind: "exchange" as const,
      mechanism: "SCRAM-SHA-1",
      initial: new SecretOctets(octetsBase64("n,,n=alice,r=abc")),
    },
  ),
);

const CLIENT: ForwardedClient = {
  sid: "s-1",
  address: "2001:db8::1",
  port: 4711,
  localAddress: "192.0.2.1",
  localPort: 993,
  hopsLeft: 4,
};

const tasks: fc.Arbitrary<BackTask> = fc.record({
  credentials,
  startTls: fc.boolean(),
  replay: fc.constantFrom("auto", "plain", "login"),
  client: fc.option(fc.constant(CLIENT), { nil: undefined }),
  clientId: fc
    .array(fc.tuple(said, fc.option(said, { nil: undefined })), { maxLength: 40 })
    .map((fields) => new Map(fields)),
  asksCapabilities: fc.boolean(),
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
    `^(?:S STARTTLS|C CAPABILITY|I ID \\(${QUOTED} (?:${QUOTED}|NIL)(?: ${QUOTED} (?:${QUOTED}|NIL))*\\)|M[23]? AUTHENTICATE [A-Z0-9-]+(?: ${BASE64})?|${BASE64}|\\*)$`,
  ),
  pop3: new RegExp(
    `^(?:STLS|CAPA|QUIT|XCLIENT ADDR=[0-9a-f:.]+ PORT=\\d+ SESSION=\\S+ TTL=\\d+|AUTH [A-Z0-9-]+(?: ${BASE64})?|${BASE64}|\\*)$`,
  ),
};

/** A name or password as LOGIN may carry it. */
const forms = (argument: string): string[] =>
  ["", "+"]
    .map((plus) => `{${argument.length}${plus}}\r\n${argument}`)
    .concat(`"${argument.replace(/["\\]/g, "\\$&")}"`);

/** LOGIN of the task's user, in all forms; the tag is left out. */
const logins = (user: string, password: string): string[] =>
  forms(user).flatMap((first) => forms(password).map((second) => `LOGIN ${first} ${second}\r\n`));

/** Takes the login commands out, as a store would read them; they must carry the very name and password. */
function withoutLogin(protocol: "imap" | "pop3", text: string, task: BackTask): string {
  if (task.credentials.kind !== "password") return text;
  const { user, password } = task.credentials;
  if (protocol === "pop3") {
    return text.replace(`USER ${user}\r\n`, "").replace(`PASS ${password.reveal()}\r\n`, "");
  }
  const commands = logins(user, password.reveal());
  // A store that never asks for a literal gets no more than the command's beginning.
  const begun = commands.flatMap((command) =>
    [...command.matchAll(/\{\d+\}\r\n/g)].map((match) => command.slice(0, match.index + match[0].length)),
  );
  const sent = [...commands, ...begun]
    .flatMap((command) => ["M", "M2", "M3"].map((tag) => `${tag} ${command}`))
    .sort((a, b) => b.length - a.length)
    .find((part) => text.includes(part));
  return sent === undefined ? text : text.replace(sent, "");
}

/** Whether what was written holds the whole of the credentials: for SCRAM, the client's proof too. */
function holdsCredentials(written: string, { credentials: given }: BackTask): boolean {
  if (given.kind === "exchange") {
    const proof = given.mechanism.startsWith("SCRAM") ? "Y2xpZW50" : "";
    return written.includes(given.initial.reveal()) && written.includes(proof);
  }
  const { user, password, authorizationId = "" } = given;
  const plain = octetsBase64(`${authorizationId}\0${user}\0${password.reveal()}`);
  return [plain, `PASS ${password.reveal()}\r\n`, ...logins(user, password.reveal())].some((form) =>
    written.includes(form),
  );
}

/** Whether it holds at least whom the store is to judge. */
const namesUser = (written: string, task: BackTask): boolean =>
  holdsCredentials(written, task) ||
  (task.credentials.kind === "exchange"
    ? written.includes(task.credentials.initial.reveal())
    : written.includes(`USER ${task.credentials.user}\r\n`));

/** Feeds the store's lines one by one; says of each what had been written before it. */
function playLines(protocol: "imap" | "pop3", back: Back, bytes: Uint8Array) {
  const lines = decodeOctets(bytes).split(/(?<=\n)/);
  const heard: { line: string; before: string }[] = [];
  let before = "";
  let cancelled = false;
  let challenges = 0;
  let outcome: StoreOutcome | undefined;
  const take = (actions: readonly BackAction[]): void => {
    for (const action of actions) {
      if (action.do === "write") before += decodeOctets(action.bytes);
      else if (action.do === "outcome") outcome = action.outcome;
      else if (action.do === "startTls") take(back.secured());
      else {
        cancelled = ++challenges > 2;
        take(back.respond(cancelled ? undefined : new SecretOctets("Y2xpZW50")));
      }
    }
  };
  for (const line of lines) {
    if (outcome !== undefined) break;
    heard.push({ line: line.replace(/\r*\n$/, ""), before });
    take(back.receive(Buffer.from(line, "latin1")));
  }
  outcome ??= back.ended(protocol === "pop3" ? "timeout" : "closed");
  return { heard, outcome, cancelled };
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
        const commands = lines.filter((line) => /^(M[23]?|I|C|S|STLS|XCLIENT|AUTH|QUIT)\b/.test(line));
        expect(new Set(commands).size).toBe(commands.length);
      }),
      { numRuns: 2000 },
    );
  });

  test("lets nobody in before the store has said OK to the whole of the credentials", () => {
    fc.assert(
      fc.property(stream, tasks, (bytes, task) => {
        const { heard, outcome, cancelled } = playLines(protocol, create(task), bytes);
        if (outcome?.ok !== true) return;
        const { line = "", before = "" } = heard.at(-1) ?? {};
        expect(holdsCredentials(before, task)).toBe(true);
        expect(cancelled).toBe(false);
        const tag = [...before.matchAll(/^(M[23]?) /gm)].at(-1)?.[1];
        expect(line).toMatch(protocol === "imap" ? new RegExp(`^${tag} OK( |$)`, "i") : /^\+OK\b/i);
      }),
      { numRuns: 4000 },
    );
  });

  test("calls no credentials wrong that the store has not refused, once it knew at least whose they are", () => {
    fc.assert(
      fc.property(stream, tasks, (bytes, task) => {
        const { heard, outcome } = playLines(protocol, create(task), bytes);
        if (outcome?.ok !== false || outcome.failure !== "credentials") return;
        const isRefusal = protocol === "imap" ? /^M[23]? (?:NO|BAD)( |$)/i : /^-ERR\b/i;
        const refusals = heard.filter(({ line, before }) => isRefusal.test(line) && namesUser(before, task));
        expect(refusals).not.toEqual([]);
        expect(task.credentials).not.toHaveProperty("authorizationId");
        // What the log says is what the store said.
        const words = (text: string): string =>
          text
            .replace(/[^\x20-\x7e]/g, "?")
            .slice(0, 20)
            .trimEnd();
        if (!outcome.detail.startsWith("["))
          expect(refusals.map(({ line }) => words(line))).toContain(words(outcome.detail));
      }),
      { numRuns: 4000 },
    );
  });

  test("tells the operator no secret, whatever the store repeats", () => {
    fc.assert(
      fc.property(stream, tasks, fc.constantFrom(...ECHOES), (bytes, task, echo) => {
        const lines = Buffer.concat([
          bytes,
          Buffer.from(` ${echo}\r\n-ERR ${echo}\r\nM NO ${echo}\r\nM2 NO ${echo}\r\nM3 NO ${echo}\r\n`),
        ]);
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
