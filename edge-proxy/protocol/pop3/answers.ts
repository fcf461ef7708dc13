import type { CloseReason, LoginFailure } from "../dialogue.ts";
import type { Octets } from "../octets.ts";

/** What the client hears of a failed login, behind -ERR (RFC 2449 section 8, RFC 3206); one text for all that concerns name and password. */
export const FAILURES: Record<LoginFailure, string> = {
  credentials: "[AUTH] Authentication failed",
  unavailable: "[SYS/TEMP] Temporary failure, please try again later",
  "store-down": "[SYS/TEMP] Temporary failure, please try again later",
  limit: "[SYS/TEMP] Too many connections",
  "user-sessions": "[IN-USE] Too many sessions of this user",
  rate: "[SYS/TEMP] Too many logins, please try again later",
  "login-delay": "[LOGIN-DELAY] Too soon after the last login, please try again later",
  "in-use": "[IN-USE] The mailbox is in use, please try again later",
  expired: "[AUTH] Password expired",
  "contact-admin": "[SYS/PERM] Please contact your administrator",
  cancelled: "Authentication cancelled",
};

/** Why the edge hangs up, behind -ERR. */
export const FAREWELLS: Record<CloseReason, string> = {
  logout: "Logging out",
  "bad-commands": "Too many bad commands",
  "failed-logins": "Too many failed logins",
  "line-too-long": "Command line too long",
  "literal-too-large": "Command too large",
  "sent-too-much": "Too much sent before login",
  "login-timeout": "Login timed out",
  "client-limit": "[SYS/TEMP] Too many connections from your address",
  "instance-limit": "[SYS/TEMP] Too many connections, please try again later",
  draining: "[SYS/TEMP] Server is shutting down, please reconnect",
};

/** The answer to LANG (RFC 6856 section 3), without the last CRLF: the edge and its error texts speak English only. */
export function languageAnswer(wanted: Octets | undefined): string {
  if (wanted === undefined) return "+OK Language listing follows:\r\nen English\r\n.";
  return /^(\*|en(-.*)?|i-default)$/i.test(wanted) ? "+OK en Language changed" : "-ERR No such language here";
}
