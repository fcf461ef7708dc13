import type { Alert, LoginFailure, StoreCredentials, StoreFailure, StoreOutcome } from "./dialogue.ts";
import type { Octets } from "./octets.ts";
import { type Meaning, REFUSALS } from "./refusal-codes.ts";
import { knownText } from "./refusal-texts.ts";
import { printable, repeatsSecret } from "./store-lines.ts";

export type StoreFault = StoreOutcome & { ok: false };

const codesOf = (protocol: "imap" | "pop3"): ReadonlyMap<string, Meaning> =>
  new Map(
    (Object.keys(REFUSALS) as Meaning[]).flatMap((meaning) =>
      REFUSALS[meaning][protocol].map((code): [string, Meaning] => [code, meaning]),
    ),
  );

const CODES = { imap: codesOf("imap"), pop3: codesOf("pop3") };

/** What else stores say under POP3's [AUTH]: Dovecot refuses methods, and Cyrus keeps out users whose password is right. */
const ALSO_UNDER_AUTH: ReadonlySet<Meaning> = new Set(["tls-required", "method-refused", "not-authorized"]);

/**
 * What a refusal means by its response code, else by its text; undefined where neither is known. `said` is what follows
 * NO, BYE or -ERR.
 *
 *     meaningOf("imap", "[LIMIT] Too many sessions")   // "limit"
 *     meaningOf("pop3", "maildrop already locked")     // "in-use"
 */
export function meaningOf(protocol: "imap" | "pop3", said: Octets): Meaning | undefined {
  const { code, text } = parts(said);
  const codes = CODES[protocol];
  const byCode = codes.get(code) ?? codes.get(code.split("/")[0] ?? "");
  const byText = knownText(text);
  if (byCode === undefined) return byText;
  if (code === "AUTH" && byText !== undefined && ALSO_UNDER_AUTH.has(byText)) return byText;
  return byCode === "unclear" ? (byText ?? byCode) : byCode;
}

/** What words mean by which a store turns everybody away, or this connection: they are no verdict on credentials. */
export function serviceMeaning(protocol: "imap" | "pop3", said: Octets): Meaning {
  const meaning = meaningOf(protocol, said);
  const isVerdict = meaning === undefined || meaning === "wrong-credentials" || meaning === "unclear";
  return isVerdict ? "unavailable" : meaning;
}

/** The response code in upper case, empty where there is none, and the text after it. */
export function parts(said: Octets): { code: string; text: Octets } {
  const [, code = "", text = said] = /^\[([^\] ]*)[^\]]*\] ?(.*)$/s.exec(said) ?? [];
  return { code: code.toUpperCase(), text };
}

/** True where the edge logs in as the store's administrator, on the user's behalf, with a secret of its own. */
export const isAdministrator = (credentials: StoreCredentials): boolean =>
  credentials.kind === "password" &&
  credentials.authorizationId !== undefined &&
  credentials.isClients !== true;

/** Failures that say something of name and password, which an administrator's are not the client's. */
const OF_CREDENTIALS: ReadonlySet<LoginFailure> = new Set(["credentials", "not-authorized", "expired"]);

/** The outcome of a login that the store refused with these words. */
export function refused(
  meaning: Meaning,
  line: Octets,
  credentials: StoreCredentials,
  alerts: readonly Alert[] = [],
): StoreFault {
  const { failure, code } = REFUSALS[meaning];
  const isOthers = isAdministrator(credentials) && OF_CREDENTIALS.has(failure);
  return failed(isOthers ? "unavailable" : failure, code, printable(line, credentials), credentials, alerts);
}

/** The outcome of a login that came to nothing. Why an administrator was refused is no business of the client's. */
export const failed = (
  failure: LoginFailure,
  code: StoreFailure,
  detail: string,
  credentials: StoreCredentials,
  alerts: readonly Alert[] = [],
): StoreFault => ({
  ok: false,
  failure,
  code,
  detail,
  alerts: isAdministrator(credentials) ? [] : alerts,
});

/** A text of the store's as the client may have it: never with an administrator's secret in it. */
export const isFitForClient = (text: Octets, credentials: StoreCredentials): boolean =>
  !(isAdministrator(credentials) && repeatsSecret(text, credentials));
