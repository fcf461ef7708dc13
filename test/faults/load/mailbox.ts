import { createHash, randomBytes } from "node:crypto";
import type { ImapClient } from "../../twin/load/imap-client.ts";

/** A message that a store has accepted: it must give back these octets. */
export interface Deposit {
  uid: string;
  sha256: string;
  octets: number;
}

/** Octets of a line, its end not counted. */
const LINE_OCTETS = 70;

/** Any octets but those that end lines or messages. None begins as a response does: the client looks for its tag. */
const line = (): string =>
  `x${randomBytes(LINE_OCTETS - 1)
    .toString("latin1")
    .replace(/[\0\r\n]/g, "x")}`;

function message(octets: number): string {
  const lines = Array.from({ length: Math.ceil(octets / (LINE_OCTETS + 2)) }, line);
  return `From: a@example.com\r\n\r\n${lines.join("\r\n")}\r\n`;
}

const digest = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");

/** Stores a new message (RFC 9051, section 6.3.12, with a literal that waits for nothing). */
export async function deposit(client: ImapClient, octets: number): Promise<Deposit> {
  const text = message(octets);
  const answer = await client.command(`APPEND INBOX {${text.length}+}\r\n${text}`);
  const uid = /\[APPENDUID \d+ (\d+)\]/.exec(answer)?.[1] ?? "";
  return { uid, sha256: digest(text), octets: text.length };
}

/** Reads a message back; false where an octet is lost or changed. */
export async function isIntact(client: ImapClient, { uid, sha256 }: Deposit): Promise<boolean> {
  const answer = await client.command(`UID FETCH ${uid} BODY.PEEK[]`);
  const [literal = "", length = "0"] = /\{(\d+)\}\r\n/.exec(answer) ?? [];
  const start = answer.indexOf(literal) + literal.length;
  return digest(answer.slice(start, start + Number(length))) === sha256;
}

export async function remove(client: ImapClient, { uid }: Deposit): Promise<void> {
  await client.command(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`);
  await client.command(`UID EXPUNGE ${uid}`);
}
