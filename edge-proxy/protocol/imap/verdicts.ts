import { type Attempt, mayAccept, mayJudge } from "../attempt.ts";
import type { Alert, StoreCredentials, StoreOutcome } from "../dialogue.ts";
import type { Octets } from "../octets.ts";
import type { Meaning } from "../refusal-codes.ts";
import { isFitForClient, meaningOf, parts, serviceMeaning } from "../refusals.ts";
import { alertLines, alertOf } from "./alerts.ts";
import { isBye } from "./responses.ts";

/** What a store has said, untagged, since the login was sent. */
export interface Heard {
  /** Its CAPABILITY response since it has the credentials: it is about the user. */
  capability: Octets | undefined;
  /** What an alert gives as the reason, where it names one that is not the credentials. */
  alert: Meaning | undefined;
  /** It will close the connection. */
  bye: Octets | undefined;
}

export const NOTHING_HEARD: Heard = { capability: undefined, alert: undefined, bye: undefined };

/** Takes in an untagged response. What came before the store had the credentials is not about the user. */
export function hearing(heard: Heard, response: Octets, attempt: Attempt): Heard {
  if (isBye(response)) return { ...heard, bye: response };
  if (mayAccept(attempt) && /^\* CAPABILITY /i.test(response)) return { ...heard, capability: response };
  const alert = mayJudge(attempt) ? alertOf(response) : undefined;
  const meaning = meaningOf("imap", alert?.replace(/^\S+ \[ALERT\] /, "") ?? "");
  return meaning === undefined || meaning === "wrong-credentials" ? heard : { ...heard, alert: meaning };
}

/**
 * What a tagged NO or BAD to a login means. A NO that gives no other reason is about the credentials (RFC 9051 section
 * 6.2.3), unless an alert gave one; with BAD the store has not judged.
 */
export function refusalMeaning(
  status: "OK" | "NO" | "BAD" | undefined,
  said: Octets,
  alert: Meaning | undefined,
): Meaning {
  const meaning = meaningOf("imap", said);
  if (meaning !== undefined && (meaning !== "wrong-credentials" || parts(said).code !== "")) return meaning;
  return status === "BAD" ? "method-refused" : (alert ?? "wrong-credentials");
}

/** What a BYE means: never a verdict on the credentials, which takes a tagged response. */
export const byeMeaning = (response: Octets): Meaning =>
  serviceMeaning("imap", response.replace(/^\* BYE ?/i, ""));

/**
 * What the client hears of a success: the alerts, the store's own list of capabilities where it gave one after login, and
 * its text without a referral (RFC 2221), which would lead the client past the edge.
 */
export function welcome(
  text: Octets,
  capability: Octets | undefined,
  alerts: readonly Alert[],
  credentials: StoreCredentials,
): StoreOutcome {
  const fit = alerts.length === 0 ? alerts : alerts.filter((alert) => isFitForClient(alert, credentials));
  const cleaned = text.replace(REFERRAL, "");
  return {
    ok: true,
    text: cleaned !== "" && isFitForClient(cleaned, credentials) ? cleaned : "Logged in",
    untagged: alertLines(fit) + (capability === undefined ? "" : `${capability}\r\n`),
  };
}

const REFERRAL = /^\[REFERRAL[^\]]*\] ?/i;
