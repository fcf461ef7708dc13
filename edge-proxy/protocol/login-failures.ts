import type { LoginFailure } from "./dialogue.ts";

/** What a failed login means for the client. */
export interface LoginFailureRow {
  /** What IMAP clients hear after their tag (RFC 9051 section 7.1, RFC 5530). */
  imap: string;
  /** What POP3 clients hear after -ERR (RFC 2449 section 8, RFC 3206). */
  pop3: string;
  /** Whether it counts as a failed login: it is answered after `failedLoginSeconds`, and is one of `wrongPasswords`. */
  counts: boolean;
}

/** One text for everything that concerns name and password, so that it does not show which of them was wrong. */
export const LOGIN_FAILURES: Readonly<Record<LoginFailure, LoginFailureRow>> = {
  credentials: {
    imap: "NO [AUTHENTICATIONFAILED] Authentication failed",
    pop3: "[AUTH] Authentication failed",
    counts: true,
  },
  // RFC 9051 section 6.2.2 and RFC 5034 section 4 ask for BAD and -ERR.
  cancelled: { imap: "BAD Authentication cancelled", pop3: "Authentication cancelled", counts: true },
  "not-authorized": {
    imap: "NO [AUTHORIZATIONFAILED] Not authorized",
    pop3: "[AUTH] Not authorized",
    counts: true,
  },
  expired: { imap: "NO [EXPIRED] Password expired", pop3: "[AUTH] Password expired", counts: false },
  "not-permitted": {
    imap: "NO [NOPERM] Not permitted for this account",
    pop3: "[SYS/PERM] Not permitted for this account",
    counts: false,
  },
  "contact-admin": {
    imap: "NO [CONTACTADMIN] Please contact your administrator",
    pop3: "[SYS/PERM] Please contact your administrator",
    counts: false,
  },
  "over-quota": {
    imap: "NO [OVERQUOTA] Mailbox is over quota",
    pop3: "[SYS/PERM] Mailbox is over quota",
    counts: false,
  },
  limit: { imap: "NO [LIMIT] Too many connections", pop3: "[SYS/TEMP] Too many connections", counts: false },
  "user-sessions": {
    imap: "NO [LIMIT] Too many sessions of this user",
    pop3: "[IN-USE] Too many sessions of this user",
    counts: false,
  },
  rate: {
    imap: "NO [LIMIT] Too many logins, please try again later",
    pop3: "[SYS/TEMP] Too many logins, please try again later",
    counts: false,
  },
  "login-delay": {
    imap: "NO [LIMIT] Too soon after the last login, please try again later",
    pop3: "[LOGIN-DELAY] Too soon after the last login, please try again later",
    counts: false,
  },
  "in-use": {
    imap: "NO [INUSE] The mailbox is in use, please try again later",
    pop3: "[IN-USE] The mailbox is in use, please try again later",
    counts: false,
  },
  unavailable: {
    imap: "NO [UNAVAILABLE] Temporary failure, please try again later",
    pop3: "[SYS/TEMP] Temporary failure, please try again later",
    counts: false,
  },
  "store-down": {
    imap: "NO [UNAVAILABLE] Temporary failure, please try again later",
    pop3: "[SYS/TEMP] Temporary failure, please try again later",
    counts: false,
  },
};

/** Whether a failure is one of the client's making, which a guesser must not repeat at will. */
export const isFailedLogin = (failure: LoginFailure): boolean => LOGIN_FAILURES[failure].counts;
