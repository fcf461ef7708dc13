import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_PLACE } from "../../../../edge-proxy/guard/tally.ts";
import type { PasswordWaiter } from "../../../../edge-proxy/pre-auth/checker.ts";
import { startSession } from "../../../../edge-proxy/session/session.ts";
import { sizes } from "../protocol/mutations.ts";
import { routeAnswer } from "../routing/api-double.ts";
import { Wire } from "../transport/fake-transport.ts";
import { makeRig } from "./session-rig.ts";

const SECRET = "Planted/Secret+2Find";
const ADMIN_SECRET = "Planted-Admin-Secret";
const N = SECRET.length;
const b64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");

/** Where base64 of a text with the secret at any of the three offsets gives it away. */
const FORMS = [SECRET, ADMIN_SECRET].flatMap((secret) => [
  secret,
  secret.slice(0, 14),
  secret.slice(-14),
  ...["", "x", "xx"].map((before) => b64(before + secret).slice(4, -4)),
]);

const PLAIN = b64(`\0alice\0${SECRET}`);
const XOAUTH2 = b64(`user=alice\x01auth=Bearer ${SECRET}\x01\x01`);
const BEARER = b64(`n,a=alice,\x01auth=Bearer ${SECRET}\x01\x01`);
const SCRAM = b64(`n,,n=alice,r=${SECRET}`);
const PROOF = b64(`c=biws,r=${SECRET}x,p=${SECRET}`);

/** In whatever place; none of them reads as a login name, which is no secret. */
const MESSAGES = [PLAIN, XOAUTH2, BEARER, b64("alice"), SECRET, `${SECRET}=`, "*", "="];
const MECHANISMS = [
  "PLAIN",
  "LOGIN",
  "XOAUTH2",
  "OAUTHBEARER",
  "SCRAM-SHA-1",
  "SCRAM-SHA-256",
  "EXTERNAL",
  SECRET,
];
/** Whole exchanges, of which the client's lines are the rest. */
const EXCHANGES = [
  ["LOGIN", b64("alice"), b64(SECRET)],
  ["SCRAM-SHA-1", SCRAM, PROOF],
  ["SCRAM-SHA-256", SCRAM, "*"],
  ["XOAUTH2", XOAUTH2, ""],
  ["PLAIN", PLAIN],
];
const lines = (...texts: string[]): string[] => texts.map((text) => `${text}\r\n`);

const TOKENS = {
  imap: [
    ...lines(`a LOGIN alice ${SECRET}`, `a LOGIN alice "${SECRET}"`, `a login alice ${SECRET} more`),
    ...lines(`a LOGIN alice {${N}}\r\n${SECRET}`, `a LOGIN {5+}\r\nalice {${N}+}\r\n${SECRET}`),
    ...lines(
      `a LOGIN alice {3+}\r\n${SECRET}`,
      `a LOGIN alice {99999}\r\n${SECRET}`,
      `LOGIN alice ${SECRET}`,
    ),
    ...lines(`a LOGIN "alice ${SECRET}`, `a LOGIN alice\t${SECRET}`, `a  LOGIN alice ${SECRET}`, `a LOGIN`),
    ...lines(
      SECRET,
      `${SECRET} NOOP`,
      `${SECRET} LOGIN alice x`,
      `a ${SECRET}`,
      `a SELECT ${SECRET}`,
      "a NOOP",
    ),
    ...lines(
      `a ID ("password" "${SECRET}")`,
      `a ID ("x" {${N}+}\r\n${SECRET})`,
      `a ID (${SECRET}`,
      "a STARTTLS",
    ),
    ...lines(`a ID ("${SECRET}" "x" "name" "Mail")`, `${"x".repeat(9000)}${SECRET}`),
    ...MECHANISMS.flatMap((name) =>
      lines(`a AUTHENTICATE ${name}`, `a AUTHENTICATE ${name} ${PLAIN} ${SECRET}`),
    ),
    ...MECHANISMS.flatMap((name) =>
      MESSAGES.flatMap((message) => lines(`a AUTHENTICATE ${name} ${message}`)),
    ),
    ...EXCHANGES.flatMap(([name, ...messages]) => [
      lines(`a AUTHENTICATE ${name}`, ...messages).join(""),
      lines(`a AUTHENTICATE ${name} ${messages[0]}`, ...messages.slice(1)).join(""),
    ]),
  ],
  pop3: [
    ...lines("USER alice", `PASS ${SECRET}`, `pass ${SECRET} `, `PASS\t${SECRET}`, `APOP alice ${SECRET}`),
    ...lines(
      SECRET,
      `XYZZY ${SECRET}`,
      `USER alice ${SECRET}`,
      `LANG ${SECRET}`,
      `CAPA ${SECRET}`,
      "AUTH",
      "STLS",
    ),
    ...lines(`XCLIENT ADDR=${SECRET}`, `${"x".repeat(9000)}${SECRET}`, `NOOP ${SECRET}`, `USER`),
    ...MECHANISMS.flatMap((name) => lines(`AUTH ${name}`, `AUTH  ${name} ${PLAIN}`)),
    ...MECHANISMS.flatMap((name) => MESSAGES.flatMap((message) => lines(`AUTH ${name} ${message}`))),
    ...EXCHANGES.flatMap(([name, ...messages]) => [
      lines(`AUTH ${name}`, ...messages).join(""),
      lines(`AUTH ${name} ${messages[0]}`, ...messages.slice(1)).join(""),
    ]),
  ],
};

/** What a store may say to anything: it repeats what it was told, in parts, in other cases, in base64. */
const ECHOES: readonly ((heard: string) => string)[] = [
  (heard) => `+ ${b64(heard)}\r\n`,
  () => "+ \r\n",
  () => "+OK\r\n",
  () => `+ ${b64(`r=${SECRET}x,s=${b64("salt")},i=4096`)}\r\n`,
  () => `+ ${b64(JSON.stringify({ status: "400", scope: SECRET }))}\r\n`,
  (heard) => `M NO [AUTHENTICATIONFAILED] you said ${heard}\r\n`,
  (heard) => `M OK welcome, ${heard}\r\n`,
  (heard) => `* BAD cannot read ${heard.slice(0, -6)}\r\n`,
  (heard) => `* NO [ALERT] ${heard.toUpperCase()}\r\n`,
  (heard) => `-ERR [AUTH] ${heard}\r\n`,
  (heard) => `* BYE ${heard}\r\n`,
];

const inRow = <T>(items: readonly T[], min: number, max: number) =>
  fc.array(fc.constantFrom(...items), { minLength: min, maxLength: max });

/** The store is told the administrator's password, not the user's. */
const BY_ADMINISTRATOR = {
  preAuth: {
    check: (_owner: unknown, _password: unknown, waiter: PasswordWaiter) =>
      waiter.passwordChecked({ is: "right" }),
    note() {},
  },
  files: { admin: ADMIN_SECRET },
};

test.each([
  ["imap", "password"],
  ["pop3", "password"],
  ["imap", "admin"],
  ["pop3", "admin"],
] as const)("whatever is said by %s and to a store by %s, a trace tells no secret", (protocol, replay) => {
  const isAdmin = replay === "admin";
  let told = 0;
  const rig = makeRig({
    protocol,
    ...(isAdmin ? BY_ADMINISTRATOR : {}),
    stores: { "*": { [protocol]: { port: 1143, tls: "none" }, replay: isAdmin ? "admin" : "auto" } },
    routes: { alice: routeAnswer("alice"), [`alice ${SECRET}`]: { is: "unknown" } },
    instance: {
      allowPlaintextLogin: true,
      mechanisms: ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-1", "SCRAM-SHA-256"],
      ...(isAdmin ? { storeAdmin: { user: "admin", passwordFile: "admin" } } : {}),
      limits: { badCommands: 50, wrongPasswords: 50 },
      penalties: { exempt: ["192.0.2.0/24"] },
    },
  });
  const turn = inRow(ECHOES, 1, 4);
  const client = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...TOKENS[protocol]) },
      { weight: 1, arbitrary: fc.constantFrom(...MESSAGES.map((line) => `${line}\r\n`)) },
    ),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(client, sizes, fc.array(turn, { minLength: 1, maxLength: 3 }), (said, cuts, echoes) => {
      const before = rig.told.length;
      rig.traces.asked({ trace: "t", client: "192.0.2.7", seconds: "3600", events: "2000", bytes: "500000" });
      const wire = new Wire();
      wire.receiver = startSession(rig.services, wire, wire, { place: NO_PLACE });
      let seen = rig.transport.connections.length;
      for (const [index, line] of said.entries()) {
        let at = 0;
        for (let cut = 0; at < line.length; cut++) {
          const end = at + (cuts[cut % cuts.length] ?? 1);
          wire.says(line.slice(at, end));
          at = end;
        }
        for (; seen < rig.transport.connections.length; seen++) {
          const store = rig.transport.connections[seen]?.accepts();
          store?.says(
            protocol === "imap"
              ? `* OK [CAPABILITY IMAP4rev1 ID SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=SCRAM-SHA-1] hi\r\n`
              : "+OK hi\r\n",
          );
          if (protocol === "pop3") store?.says("+OK\r\nSASL PLAIN XOAUTH2 OAUTHBEARER SCRAM-SHA-1\r\n.\r\n");
          for (const echo of echoes[index % echoes.length] ?? [])
            store?.says(echo(store.heard().replace(/[\r\n]+/g, " ")));
        }
        rig.passes(0.5);
      }
      wire.receiver.closed();
      rig.traces.asked({ trace: "t", stop: "true" });
      rig.passes(1);
      for (const { body } of rig.told.slice(before)) {
        told += body.length;
        for (const form of FORMS) {
          if (body.toLowerCase().includes(form.toLowerCase())) expect.unreachable(`${form} is in ${body}`);
        }
      }
      rig.told.length = 0;
    }),
    { numRuns: 200 },
  );
  // Nothing would be proved if nothing had been told.
  expect(told).toBeGreaterThan(50_000);
});
