import type { ClaimsAnswer, PreAuthAnswer, Route } from "../api-client/answers.ts";
import type { SessionRecord } from "../observe/session-record.ts";
import type { PasswordWaiter } from "../pre-auth/checker.ts";
import type { Credentials } from "../protocol/dialogue.ts";
import type { ClaimsWaiter } from "../routing/resolver.ts";
import { type LoginNames, wantedName } from "./login-names.ts";
import { type LoginRefusal, refusal } from "./login-request.ts";
import { claimsOn, judgeOwner, nameOnBehalf } from "./name-owner.ts";
import type { LoginServices } from "./services.ts";
import { isOnBehalf } from "./store-identity.ts";

/** Who is told whether a login may go to a store: the login. */
export interface ClearanceOwner {
  /** `proved`: the directory has accepted the password. */
  cleared(route: Route, proved: boolean): void;
  notCleared(refused: LoginRefusal): void;
}

export interface ClearanceOptions {
  services: Pick<LoginServices, "policy" | "resolver" | "preAuth" | "findStore">;
  record: SessionRecord;
  credentials: Credentials;
  names: LoginNames;
  route: Route;
}

/** Where a clearance stands. */
type State =
  /** The directory is asked about the password. */
  | { is: "checking" }
  /** The API is asked who claims the name that the store would be told on the user's behalf. */
  | { is: "confirming"; proved: boolean; name: string }
  | { is: "over" };

/** What must be known before a store is asked: the directory's word on the password, and whose name the store is told. Reports once. */
export class Clearance implements PasswordWaiter, ClaimsWaiter {
  readonly #options: ClearanceOptions;
  readonly #owner: ClearanceOwner;
  #state: State = OVER;

  constructor(options: ClearanceOptions, owner: ClearanceOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  get sid(): string {
    return this.#options.record.sid;
  }

  start(): void {
    const { services, credentials, names, route } = this.#options;
    const { preAuth } = services;
    if (preAuth === undefined || credentials.kind === "external") return this.#confirm(false);
    // The password is not the user's: the store judges it.
    if (names.is === "other") return this.#confirm(false);
    // A directory can only be asked about a password.
    if (credentials.kind !== "password") {
      return this.#refuse(refusal("credentials", { code: "pre-auth-needs-password" }));
    }
    this.#state = { is: "checking" };
    preAuth.check(route, credentials.password.reveal(), this);
  }

  /** Gives up without a report. */
  cancel(): void {
    this.#state = OVER;
  }

  passwordChecked(answer: PreAuthAnswer): void {
    if (this.#state.is !== "checking") return;
    const { services, record, names, route } = this.#options;
    switch (answer.is) {
      case "right":
        services.preAuth?.note(record, wantedName(names)?.parts.canonical ?? route.account);
        return this.#confirm(true);
      case "wrong":
        return this.#refuse(refusal("credentials", { code: "pre-auth-refused" }));
      case "unavailable":
        return this.#refuse(refusal("unavailable", { code: "pre-auth-unavailable", detail: answer.detail }));
      default:
        answer satisfies never;
    }
  }

  claimed(answer: ClaimsAnswer): void {
    if (this.#state.is !== "confirming") return;
    const { proved, name } = this.#state;
    const { services, route } = this.#options;
    if (answer.is === "unavailable") {
      return this.#refuse(refusal("unavailable", { code: "route-unavailable", detail: answer.detail }));
    }
    const verdict = judgeOwner(services.policy, name, route, answer);
    if (verdict.ok) return this.#clear(proved);
    // The directory is wrong, not the client.
    this.#refuse(refusal("unavailable", { code: "store-name-not-own", detail: verdict.detail }));
  }

  /** The user may log in: what the store is told on its behalf must be its own name. */
  #confirm(proved: boolean): void {
    const { services, credentials, names, route } = this.#options;
    const { policy, resolver, findStore } = services;
    if (!isOnBehalf({ credentials, names, proved, route }, findStore)) return this.#clear(proved);
    const name = nameOnBehalf(policy, route);
    if (!name.ok) return this.#refuse(refusal("unavailable", { code: "no-replay-name", detail: name.why }));
    this.#state = { is: "confirming", proved, name: name.user };
    resolver.claims(claimsOn(policy, name.user, route), this);
  }

  #clear(proved: boolean): void {
    this.#state = OVER;
    this.#owner.cleared(this.#options.route, proved);
  }

  #refuse(refused: LoginRefusal): void {
    this.#state = OVER;
    this.#owner.notCleared(refused);
  }
}

const OVER: State = { is: "over" };
