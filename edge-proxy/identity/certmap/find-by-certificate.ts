import type { RouteSearch } from "../../../route-api/contract/search.ts";
import type { CertificateStep } from "./certificate-searches.ts";

/** The route API's answer to a search; `A` may hold more, such as the route. */
export interface SearchAnswer {
  is: "route" | "unknown" | "ambiguous" | "unavailable";
}

/** The result of a certificate login. `why` is for the operator; clients get one answer for all refusals. */
export type CertificateVerdict<A extends SearchAnswer> =
  /** `answer` is the one with the route. */
  | { is: "found"; answer: A }
  /** Temporary: the API did not answer. */
  | { is: "unavailable"; answer: A }
  | { is: "refused"; reason: CertificateRefusal; why: string };

export type CertificateRefusal =
  /** No entry for it. */
  | "certificate-unmapped"
  /** Several entries. */
  | "certificate-ambiguous"
  /** The entry holds a different certificate. */
  | "certificate-differs"
  | "certificate-not-searchable";

/**
 * Runs the steps of a map: yields each search, and is resumed with its answer.
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
      return refused("certificate-ambiguous", "several entries match the certificate");
    if (step.unverified === undefined) continue;
    const unverified: A = yield step.unverified;
    if (unverified.is === "unavailable") return { is: "unavailable", answer: unverified };
    // An entry that holds another certificate is final: no later search may bypass it.
    if (unverified.is !== "unknown") {
      return refused(
        "certificate-differs",
        "the entry that matches the subject does not contain this certificate",
      );
    }
  }
  return refused("certificate-unmapped", "no entry matches the certificate");
}

const refused = (reason: CertificateRefusal, why: string) => ({ is: "refused", reason, why }) as const;
