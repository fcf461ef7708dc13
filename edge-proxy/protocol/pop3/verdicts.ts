import { type Attempt, mayJudge } from "../attempt.ts";
import type { Octets } from "../octets.ts";
import type { Meaning } from "../refusal-codes.ts";
import { meaningOf, parts } from "../refusals.ts";

/**
 * What an -ERR to a login means; undefined where it may be about the credentials or not. A store with AUTH-RESP-CODE
 * marks what is about them by [AUTH]: anything else of its is not (RFC 3206 section 5).
 */
export function refusalMeaning(
  said: Octets,
  attempt: Attempt,
  marksCredentials: boolean,
): Meaning | undefined {
  const meaning = meaningOf("pop3", said);
  if (meaning !== undefined && meaning !== "wrong-credentials") return meaning;
  if (!mayJudge(attempt)) return "method-refused";
  return marksCredentials && !/^AUTH(?:\/|$)/.test(parts(said).code) ? "unavailable" : meaning;
}
