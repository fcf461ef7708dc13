import type { RouteSearch } from "../../route-api/contract/search.ts";
import type { RouteAnswer } from "../api-client/answers.ts";
import { certificateSteps } from "../identity/certmap/certificate-searches.ts";
import { chooseMap } from "../identity/certmap/certmap-file.ts";
import { writeDn } from "../identity/certmap/distinguished-name.ts";
import { type CertificateVerdict, findByCertificate } from "../identity/certmap/find-by-certificate.ts";
import { readCertificate } from "../identity/certmap/presented-names.ts";
import type { RouteSource, RouteWaiter } from "../routing/resolver.ts";
import type { LoginPolicy } from "./login-policy.ts";

/** The account that a certificate means, or why it means none. */
export type MappedCertificate = CertificateVerdict<RouteAnswer>;

/** Who waits for it. */
export interface CertificateWaiter {
  readonly sid?: string | undefined;
  mapped(verdict: MappedCertificate): void;
}

/** Finds the account that a certificate means: runs its map's searches, each once the one before is answered. */
export class CertificateLogin implements RouteWaiter {
  readonly #routes: RouteSource;
  readonly #waiter: CertificateWaiter;
  readonly #searches: Generator<RouteSearch, MappedCertificate, RouteAnswer>;

  /** `der` is a trusted certificate whose key the client has proved to hold. */
  constructor(
    { certmap, certmapBase }: LoginPolicy,
    der: Uint8Array,
    routes: RouteSource,
    waiter: CertificateWaiter,
  ) {
    this.#routes = routes;
    this.#waiter = waiter;
    const certificate = readCertificate(der);
    const steps =
      certificate === undefined || certmap === undefined
        ? [{ is: "no-match", why: "no map applies to it" } as const]
        : certificateSteps(chooseMap(certmap, certificate.issuer), certificate, certmapBase);
    this.#searches = findByCertificate<RouteAnswer>(steps);
  }

  get sid(): string | undefined {
    return this.#waiter.sid;
  }

  start(): void {
    this.#go(this.#searches.next());
  }

  resolved(answer: RouteAnswer): void {
    this.#go(this.#searches.next(answer));
  }

  #go(turn: IteratorResult<RouteSearch, MappedCertificate>): void {
    if (turn.done === true) this.#waiter.mapped(turn.value);
    else this.#routes.search(turn.value, this);
  }
}

/** The subject in the form of `%D`; undefined where it cannot be read. */
export function subjectOf(der: Uint8Array): string | undefined {
  const subject = readCertificate(der)?.subject;
  return subject && writeDn(subject);
}
