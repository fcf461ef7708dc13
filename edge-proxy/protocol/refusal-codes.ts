import type { LoginFailure, StoreFailure } from "./dialogue.ts";

/** What a store's refusal means. */
export type Meaning =
  | "wrong-credentials"
  | "not-authorized"
  | "expired"
  | "not-permitted"
  | "contact-admin"
  | "over-quota"
  | "limit"
  | "login-delay"
  | "in-use"
  | "moved"
  | "unavailable"
  /** The store takes no password without TLS: its entry in the configuration is wrong. */
  | "tls-required"
  /** The way of logging in is refused, and nobody's credentials have been checked. */
  | "method-refused"
  /** Something for people to read, and nothing that says what it is about. */
  | "unclear";

export interface Refusal {
  failure: LoginFailure;
  /** For the log. */
  code: StoreFailure;
}

export interface RefusalRow extends Refusal {
  /** IMAP response codes that mean it (RFC 5530, RFC 2221, RFC 9051 section 7.1). */
  imap: readonly string[];
  /** POP3 response codes that mean it (RFC 2449 section 8, RFC 3206); one with a `/` may stand for its first part too. */
  pop3: readonly string[];
}

/** What stores say by a code, and what becomes of it. Texts without a code are in `refusal-texts.ts`. */
export const REFUSALS: Readonly<Record<Meaning, RefusalRow>> = {
  "wrong-credentials": {
    imap: ["AUTHENTICATIONFAILED"],
    pop3: ["AUTH"],
    failure: "credentials",
    code: "refused",
  },
  "not-authorized": { imap: ["AUTHORIZATIONFAILED"], pop3: [], failure: "not-authorized", code: "refused" },
  expired: { imap: ["EXPIRED"], pop3: [], failure: "expired", code: "refused" },
  "not-permitted": { imap: ["NOPERM"], pop3: [], failure: "not-permitted", code: "refused" },
  "contact-admin": { imap: ["CONTACTADMIN"], pop3: ["SYS/PERM"], failure: "contact-admin", code: "refused" },
  "over-quota": { imap: ["OVERQUOTA"], pop3: [], failure: "over-quota", code: "refused" },
  limit: { imap: ["LIMIT"], pop3: ["LIMIT"], failure: "limit", code: "refused" },
  "login-delay": { imap: [], pop3: ["LOGIN-DELAY"], failure: "login-delay", code: "refused" },
  "in-use": { imap: ["INUSE"], pop3: ["IN-USE"], failure: "in-use", code: "refused" },
  moved: { imap: ["REFERRAL"], pop3: ["REFERRAL"], failure: "unavailable", code: "moved" },
  unavailable: {
    imap: ["UNAVAILABLE", "SERVERBUG", "CLIENTBUG", "CORRUPTION", "NONEXISTENT"],
    pop3: ["SYS", "SYS/TEMP"],
    failure: "unavailable",
    code: "not-ready",
  },
  "tls-required": { imap: ["PRIVACYREQUIRED"], pop3: [], failure: "unavailable", code: "unsupported" },
  "method-refused": { imap: ["CANNOT"], pop3: [], failure: "unavailable", code: "unsupported" },
  unclear: { imap: ["ALERT"], pop3: [], failure: "unavailable", code: "not-ready" },
};
