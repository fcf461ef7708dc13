import type { CloseReason } from "../dialogue.ts";

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
  kicked: "Session ended by the administrator, please reconnect",
};
