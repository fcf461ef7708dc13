import type { CloseReason } from "../dialogue.ts";
import type { Octets } from "../octets.ts";

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
  kicked: "[SYS/TEMP] Session ended by the administrator, please reconnect",
};

/** The answer to LANG (RFC 6856 section 3), without the last CRLF: the edge and its error texts speak English only. */
export function languageAnswer(wanted: Octets | undefined): string {
  if (wanted === undefined) return "+OK Language listing follows:\r\nen English\r\n.";
  return /^(\*|en(-.*)?|i-default)$/i.test(wanted) ? "+OK en Language changed" : "-ERR No such language here";
}
