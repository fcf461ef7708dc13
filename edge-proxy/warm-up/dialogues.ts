import type { Protocol } from "../../route-api/contract/protocols.ts";
import { octetsBase64 } from "../protocol/octets.ts";

/** What a client sends, and the answer after which it goes on. */
export type Exchange = readonly [command: string, answer: RegExp];

/** A whole session of a user, in the ways in which mail programs log in; the first answer is the greeting. */
export const SESSIONS: Readonly<Record<Protocol, readonly ((user: string) => readonly Exchange[])[]>> = {
  imap: [
    (user) => imapSession(`LOGIN ${user} "${PASSWORD}"`),
    (user) => imapSession(`AUTHENTICATE PLAIN ${plain(user)}`),
  ],
  pop3: [
    (user) => pop3Session(`USER ${user}\r\n`, `PASS ${PASSWORD}\r\n`),
    (user) => pop3Session(`AUTH PLAIN ${plain(user)}\r\n`),
  ],
};

/** How the store greets (RFC 9051, section 7.1.1; RFC 1939, section 4). */
export const GREETINGS: Readonly<Record<Protocol, string>> = {
  imap: "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ID] ready\r\n",
  pop3: "+OK ready\r\n",
};

/** The store's answer to a command line: it believes every password. */
export const ANSWERS: Readonly<Record<Protocol, (line: string) => string>> = {
  imap: (line) => {
    const [tag = "", command = ""] = line.split(" ");
    if (isLogout(line)) return `* BYE\r\n${tag} OK\r\n`;
    return /^(LOGIN|AUTHENTICATE)$/i.test(command)
      ? `${tag} OK [CAPABILITY IMAP4rev1 ID IDLE] logged in\r\n`
      : `${tag} OK\r\n`;
  },
  pop3: (line) => (/^CAPA$/i.test(line) ? "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n" : "+OK\r\n"),
};

/** True where the store closes behind its answer. */
export const isLogout = (line: string): boolean => /^(\S+ LOGOUT|QUIT)$/i.test(line);

const PASSWORD = "warm up";

const plain = (user: string): string => octetsBase64(`\0${user}\0${PASSWORD}`);

const imapSession = (login: string): Exchange[] => [
  ["", /^\* OK /],
  [`a ${login}\r\n`, /^a OK /m],
  ["b NOOP\r\n", /^b OK/m],
  ["c LOGOUT\r\n", /^c OK/m],
];

const pop3Session = (...login: string[]): Exchange[] =>
  ["", ...login, "NOOP\r\n", "QUIT\r\n"].map((command) => [command, /^\+OK/]);
