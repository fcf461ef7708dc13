import type { Alert } from "../dialogue.ts";
import type { Octets } from "../octets.ts";

/** Alerts of one login that are passed on, and octets of each. */
const MOST_ALERTS = 5;
const ALERT_OCTETS = 500;
const ALERT = /^\S+ (OK|NO|BAD|BYE|PREAUTH) \[ALERT\] ?(.*)$/is;

/**
 * The alert in a store's response, tagged or not (RFC 9051 section 7.1): text for people, which must reach the client.
 * Undefined where there is none. Nothing in it can end a line, or look like the announcement of a literal.
 *
 *     alertOf("* OK [ALERT] Mailbox is almost full")   // "OK [ALERT] Mailbox is almost full"
 */
export function alertOf(response: Octets): Alert | undefined {
  const found = ALERT.exec(response);
  if (found === null) return undefined;
  const [, status = "", written = ""] = found;
  const text = written
    .slice(0, ALERT_OCTETS)
    .replace(/[\0-\x1f\x7f]/g, "?")
    .replace(/\{\d*\+?\}?$/, "")
    .trim();
  if (text === "") return undefined;
  const upper = status.toUpperCase();
  return `${upper === "BYE" ? "NO" : upper === "PREAUTH" ? "OK" : upper} [ALERT] ${text}`;
}

/** Adds an alert, once, and not without end. */
export const withAlert = (alerts: readonly Alert[], alert: Alert | undefined): readonly Alert[] =>
  alert === undefined || alerts.length >= MOST_ALERTS || alerts.includes(alert) ? alerts : [...alerts, alert];

/** Alerts as untagged responses, CRLF included. */
export const alertLines = (alerts: readonly Alert[]): Octets =>
  alerts.length === 0 ? "" : alerts.map((alert) => `* ${alert}\r\n`).join("");
