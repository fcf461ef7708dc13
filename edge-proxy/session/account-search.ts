import type { Route, RouteAnswer } from "../api-client/answers.ts";
import type { SessionRecord } from "../observe/session-record.ts";
import type { RouteSource, RouteWaiter } from "../routing/resolver.ts";
import { CertificateLogin, type CertificateWaiter, type MappedCertificate } from "./certificate-login.ts";
import { findRoute } from "./find-route.ts";
import type { ValidName } from "./login-names.ts";
import type { LoginPolicy } from "./login-policy.ts";
import { type LoginRefusal, type LoginRequest, refusal } from "./login-request.ts";

/** Who is told which account a login means: the login. */
export interface AccountSearchOwner {
  found(route: Route): void;
  notFound(refused: LoginRefusal): void;
}

export interface AccountSearchOptions {
  policy: LoginPolicy;
  routes: RouteSource;
  record: SessionRecord;
  request: LoginRequest;
  /** Whose mailbox is to be opened; undefined where the client leaves it to its certificate. */
  name: ValidName | undefined;
}

/** Where a search stands. */
type State =
  /** The certificate's searches are under way. */
  | { is: "mapping" }
  /** The API is asked for the route of the name; it must be the route of the certificate, where there is one. */
  | { is: "finding"; certified: Route | undefined }
  | { is: "over" };

/** Finds the account that a login means, by its name or by its client's certificate. Reports once. */
export class AccountSearch implements RouteWaiter, CertificateWaiter {
  readonly #options: AccountSearchOptions;
  readonly #owner: AccountSearchOwner;
  #state: State = OVER;

  constructor(options: AccountSearchOptions, owner: AccountSearchOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  get sid(): string {
    return this.#options.record.sid;
  }

  start(): void {
    const { policy, routes, request } = this.#options;
    const { credentials, certificate } = request;
    if (credentials.kind !== "external") return this.#find(undefined);
    if (certificate === undefined) return;
    this.#state = { is: "mapping" };
    new CertificateLogin(policy, certificate.der, routes, this).start();
  }

  /** Gives up without a report. */
  cancel(): void {
    this.#state = OVER;
  }

  mapped(verdict: MappedCertificate): void {
    if (this.#state.is !== "mapping") return;
    if (verdict.is === "refused") {
      return this.#end(refusal("credentials", { code: verdict.reason, detail: verdict.why }));
    }
    if (verdict.answer.is !== "route") return this.#judge(verdict.answer);
    const { route } = verdict.answer;
    const { name, record } = this.#options;
    record.account = route.account;
    if (name === undefined || name.login === route.account) return this.#found(route);
    this.#find(route);
  }

  resolved(answer: RouteAnswer): void {
    if (this.#state.is !== "finding") return;
    const { certified } = this.#state;
    if (certified === undefined || answer.is === "unavailable") return this.#judge(answer);
    // The account that the client names must be that of its certificate (RFC 4422, appendix A).
    if (answer.is === "route" && answer.route.uuid === certified.uuid) return this.#found(certified);
    this.#end(refusal("credentials", { code: "certificate-other-user" }));
  }

  #find(certified: Route | undefined): void {
    const { policy, routes, record, request, name } = this.#options;
    if (name === undefined) return;
    this.#state = { is: "finding", certified };
    if (findRoute(policy, routes, record, name, request.certificate, this)) return;
    this.#end(refusal("credentials", { code: "unknown-user", detail: "nothing to search for" }));
  }

  #judge(answer: RouteAnswer): void {
    switch (answer.is) {
      case "route":
        return this.#found(answer.route);
      case "unknown":
        return this.#end(refusal("credentials", { code: "unknown-user" }));
      case "ambiguous":
        // The directory is wrong, not the client: it may try again once that is put right.
        return this.#end(refusal("unavailable", { code: "ambiguous-user", ...detail(answer.detail) }));
      case "unavailable":
        return this.#end(refusal("unavailable", { code: "route-unavailable", detail: answer.detail }));
      default:
        answer satisfies never;
    }
  }

  #found(route: Route): void {
    this.#state = OVER;
    this.#owner.found(route);
  }

  #end(refused: LoginRefusal): void {
    this.#state = OVER;
    this.#owner.notFound(refused);
  }
}

const OVER: State = { is: "over" };

const detail = (text: string | undefined): { detail?: string } =>
  text === undefined ? {} : { detail: text };
