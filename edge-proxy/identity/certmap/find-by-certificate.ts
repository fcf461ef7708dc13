import type { RouteSearch } from "../../../route-api/contract/search.ts";
import type { CertificateStep } from "./certificate-searches.ts";

/** What the route API says of a search; `A` may hold more, such as the route. */
export interface SearchAnswer {
  is: "route" | "unknown" | "ambiguous" | "unavailable";
}

/** What becomes of a login by certificate. `why` is for the operator; clients hear the same of all. */
export type CertificateVerdict<A extends SearchAnswer> =
  /** `answer` is the one with the route. */
  | { is: "found"; answer: A }
  /** For now: the API has not answered. */
  | { is: "unavailable"; answer: A }
  | { is: "refused"; reason: CertificateRefusal; why: string };

export type CertificateRefusal =
  /** No entry for it. */
  | "certificate-unmapped"
  /** Several entries. */
  | "certificate-ambiguous"
  /** The entry holds another certificate. */
  | "certificate-differs"
  | "certificate-not-searchable";

/**
 * Runs the steps of a map. Gives each search to whoever drives it, and is told the answer:
 *
 *     const run = findByCertificate(steps);
 *     let turn = run.next();
 *     while (!turn.done) turn = run.next(await ask(turn.value));
 *     turn.value.is   // "found", …
 */
export function* findByCertificate<A extends SearchAnswer>(
  steps: readonly CertificateStep[],
): Generator<RouteSearch, CertificateVerdict<A>, A> {
  for (const step of steps) {
    if (step.is === "no-match") return refused("certificate-unmapped", step.why);
    if (step.is === "not-searchable") return refused("certificate-not-searchable", step.why);
    const answer: A = yield step.search;
    if (answer.is === "route") return { is: "found", answer };
    if (answer.is === "unavailable") return { is: "unavailable", answer };
    if (answer.is === "ambiguous")
      return refused("certificate-ambiguous", "several entries fit the certificate");
    if (step.unverified === undefined) continue;
    const unverified: A = yield step.unverified;
    if (unverified.is === "unavailable") return { is: "unavailable", answer: unverified };
    // An entry that holds another certificate is final: no other search may lead around it.
    if (unverified.is !== "unknown") {
      return refused("certificate-differs", "what fits the subject does not hold this certificate");
    }
  }
  return refused("certificate-unmapped", "no entry fits the certificate");
}

const refused = (reason: CertificateRefusal, why: string) => ({ is: "refused", reason, why }) as const;
