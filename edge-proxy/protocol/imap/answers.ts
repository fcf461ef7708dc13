import type { CloseReason, LoginFailure } from "../dialogue.ts";

/** What the client hears of a failed login, behind its tag (RFC 5530); one text for all that concerns name and password. */
export const FAILURES: Record<LoginFailure, string> = {
  credentials: "NO [AUTHENTICATIONFAILED] Authentication failed",
  unavailable: "NO [UNAVAILABLE] Temporary failure, please try again later",
  "store-down": "NO [UNAVAILABLE] Temporary failure, please try again later",
  limit: "NO [LIMIT] Too many connections",
  "user-sessions": "NO [LIMIT] Too many sessions of this user",
  rate: "NO [LIMIT] Too many logins, please try again later",
  "login-delay": "NO [LIMIT] Too soon after the last login, please try again later",
  "in-use": "NO [INUSE] The mailbox is in use, please try again later",
  expired: "NO [EXPIRED] Password expired",
  "contact-admin": "NO [CONTACTADMIN] Please contact your administrator",
  cancelled: "BAD Authentication cancelled",
};

/** Why the edge hangs up, behind BYE. */
export const FAREWELLS: Record<CloseReason, string> = {
  logout: "Logging out",
  "bad-commands": "Too many bad commands",
  "failed-logins": "Too many failed logins",
  "line-too-long": "Command line too long",
  "literal-too-large": "[TOOBIG] Literal too large",
  "sent-too-much": "Too much sent before login",
  "login-timeout": "Login timed out",
  "client-limit": "[UNAVAILABLE] Too many connections from your address",
  "instance-limit": "[UNAVAILABLE] Too many connections, please try again later",
  draining: "Server is shutting down, please reconnect",
};
