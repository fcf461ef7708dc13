import type { ClientId } from "./dialogue.ts";
import { type Octets, utf8Text } from "./octets.ts";

/** Who says a line of a dialogue before login, and to whom. */
export type Direction = "from-client" | "to-client" | "to-store" | "from-store";

/**
 * Hears the dialogue before login, line by line, as far as it may be shown. Lines are built from what the dialogue has
 * understood, and a secret is replaced because of its place; what was not understood is only counted.
 */
export interface Transcript {
  /** A line without its CRLF. Printable or not: whoever shows it sees to that. */
  line(direction: Direction, text: Octets): void;
  /** Must not be shown from now on, wherever it stands: a store may repeat it. */
  secret(octets: Octets): void;
}

/** In place of a password, a token or a proof. */
export const SECRET = "[secret]";
/** In place of a challenge: SCRAM's and those of tokens are of use to somebody who guesses. */
export const CHALLENGE = "[challenge]";

export const counted = (octets: number, what = ""): string =>
  `[${octets} ${octets === 1 ? "octet" : "octets"}${what === "" ? "" : `: ${what}`}]`;

/** Fields of ID whose values are shown: what the client is, and what one proxy tells another. */
const ID_FIELDS: ReadonlySet<string> = new Set([
  "name",
  "version",
  "vendor",
  "os",
  "os-version",
  "x-session-id",
  "x-originating-ip",
  "x-originating-port",
  "x-connected-ip",
  "x-connected-port",
  "x-proxy-ttl",
]);

/** Arguments of ID; fields that may hold anything are only counted. */
export function shownId(fields: ClientId): string {
  const shown = [...fields].filter(([name]) => ID_FIELDS.has(name));
  const others = fields.size - shown.length;
  const pairs = shown.map(([name, value]) => `${name}=${value ?? "NIL"}`);
  if (others > 0) pairs.push(`${others} more`);
  return `(${pairs.join(", ")})`;
}

/** A login name as the client gave it. What has no shape of a name may be anything: it is counted. */
export function shownName(name: Octets): string {
  const text = utf8Text(name);
  return text !== undefined && /^[^\s\p{C}"]{1,255}$/u.test(text) ? name : counted(name.length);
}

const MECHANISM =
  /^(?:PLAIN|LOGIN|EXTERNAL|XOAUTH2?|OAUTHBEARER|ANONYMOUS|NTLM|GSSAPI|GS2-KRB5|KERBEROS_V4|OTP|SKEY|(?:CRAM|DIGEST)-MD5|SCRAM-SHA-(?:1|224|256|384|512)(?:-PLUS)?)$/;

/** A mechanism that there is (IANA's list, and those of large providers): another word may be anything. */
export const shownMechanism = (mechanism: string): string =>
  MECHANISM.test(mechanism) ? mechanism : counted(mechanism.length);
