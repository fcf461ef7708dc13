import type { PreAuthAnswer, Route, RouteAnswer } from "../api-client/answers.ts";
import { type LoginName, loginName } from "../identity/login-name.ts";
import { loginParts } from "../identity/login-parts.ts";
import {
  type FailedLogin,
  type LoginFailureCode,
  noteFailure,
  type SessionRecord,
} from "../observe/session-record.ts";
import type { PreAuthWaiter } from "../pre-auth/checker.ts";
import type { LoginFailure, StoreOutcome } from "../protocol/dialogue.ts";
import type { Octets, SecretOctets } from "../protocol/octets.ts";
import type { RouteWaiter } from "../routing/resolver.ts";
import type { Timed } from "../timer-wheel.ts";
import { judgeAccount, userAtStore } from "./account.ts";
import { CertificateLogin, type CertificateWaiter, type MappedCertificate } from "./certificate-login.ts";
import { findRoute } from "./find-route.ts";
import type { LoginOwner, LoginRequest, LoginServices } from "./login-services.ts";
import { Replay, type ReplayOwner } from "./replay.ts";
import type { StoreLogin } from "./store-login.ts";

/** One login: name or certificate, route, the directory's word, the store's answer. Reports once. */
export class Login implements Timed, RouteWaiter, CertificateWaiter, PreAuthWaiter, ReplayOwner {
  due = -1;
  readonly #services: LoginServices;
  readonly #owner: LoginOwner;
  readonly #record: SessionRecord;
  readonly #request: LoginRequest;
  readonly #startedMs: number;
  #name: (LoginName & { ok: true }) | undefined;
  /** The account of the certificate, while it is made sure that it is the one that the client named. */
  #certified: Route | undefined;
  #route: Route | undefined;
  #replay: Replay | undefined;
  /** What is reported when the time has come. */
  #failure: LoginFailure = "unavailable";
  #over = false;

  constructor(services: LoginServices, owner: LoginOwner, record: SessionRecord, request: LoginRequest) {
    this.#services = services;
    this.#owner = owner;
    this.#record = record;
    this.#request = request;
    this.#startedMs = services.wheel.nowMs;
  }

  start(): void {
    const { credentials } = this.#request;
    this.#record.mechanism = credentials.mechanism;
    if (credentials.kind === "external") return this.#byCertificate(credentials.user);
    if (!this.#takeName(credentials.user)) return;
    if (this.#hopsLeft() <= 0) return this.#fail("unavailable", { code: "proxy-loop" });
    // NUL, CR and LF end a message in one protocol or another: no password may carry them to a store.
    if (credentials.kind === "password" && /[\0\r\n]/.test(credentials.password.reveal())) {
      return this.#fail("credentials", { code: "bad-password-octets" });
    }
    this.#find();
  }

  /** The client's next message of an exchange; undefined: it cancelled. */
  respond(message: SecretOctets | undefined): void {
    this.#replay?.respond(message);
  }

  /** The client is gone: no report follows. */
  cancel(): void {
    this.#over = true;
    this.#services.wheel.clear(this);
    this.#replay?.cancel();
  }

  expire(): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.loginFailed(this.#failure);
  }

  resolved(answer: RouteAnswer): void {
    // The client may have gone while the API was asked.
    if (this.#over) return;
    const certified = this.#certified;
    if (answer.is === "unavailable") {
      return this.#fail("unavailable", { code: "route-unavailable", detail: answer.detail });
    }
    if (certified !== undefined) {
      // Whoever is named must be whom the certificate means (RFC 4422, appendix A).
      if (answer.is === "route" && answer.route.uuid === certified.uuid) return this.#take(certified);
      return this.#fail("credentials", { code: "certificate-other-user" });
    }
    switch (answer.is) {
      case "route":
        return this.#take(answer.route);
      case "unknown":
        return this.#fail("credentials", { code: "unknown-user" });
      case "ambiguous":
        // The directory is wrong, not the client: it may try again once that is put right.
        return this.#fail("unavailable", { code: "ambiguous-user", ...detail(answer.detail) });
      default:
        answer satisfies never;
    }
  }

  mapped(verdict: MappedCertificate): void {
    if (this.#over) return;
    if (verdict.is === "refused") {
      return this.#fail("credentials", { code: verdict.reason, detail: verdict.why });
    }
    if (verdict.answer.is !== "route") return this.resolved(verdict.answer);
    const { route } = verdict.answer;
    this.#record.account = route.account;
    if (this.#name === undefined || this.#name.login === route.account) return this.#take(route);
    this.#certified = route;
    this.#find();
  }

  preAuthenticated(answer: PreAuthAnswer): void {
    if (this.#over || this.#route === undefined) return;
    switch (answer.is) {
      case "right":
        this.#services.preAuth?.note(this.#record, this.#name?.parts.canonical ?? this.#route.account);
        return this.#replayAs(this.#route, true);
      case "wrong":
        return this.#fail("credentials", { code: "pre-auth-refused" });
      case "unavailable":
        return this.#fail("unavailable", { code: "pre-auth-unavailable", detail: answer.detail });
      default:
        answer satisfies never;
    }
  }

  challenge(message: string): void {
    this.#owner.challenge(message);
  }

  noted(failure: FailedLogin): void {
    noteFailure(this.#record, this.#name === undefined ? failure : { ...failure, login: this.#name.login });
  }

  failed(failure: LoginFailure): void {
    this.#reportLater(failure);
  }

  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin): void {
    this.#over = true;
    this.#owner.loggedIn(outcome, store);
  }

  /** Judges the name that the client typed; false where it is none, and the login has failed. */
  #takeName(typed: Octets): boolean {
    const name = loginName(typed, this.#services.policy.names);
    if (!name.ok) {
      this.#fail("credentials", { code: name.fault });
      return false;
    }
    this.#name = name;
    this.#record.login = name.login;
    return true;
  }

  #byCertificate(authorizationId: Octets): void {
    const { certificate } = this.#request;
    if (authorizationId !== "" && !this.#takeName(authorizationId)) return;
    if (certificate === undefined) return this.#fail("credentials", { code: "no-certificate" });
    const { fault } = certificate;
    if (fault !== undefined) return this.#fail("credentials", { code: `certificate-${fault}` });
    if (this.#hopsLeft() <= 0) return this.#fail("unavailable", { code: "proxy-loop" });
    const { policy, resolver } = this.#services;
    new CertificateLogin(policy, certificate.der, resolver, this).start();
  }

  #find(): void {
    const name = this.#name;
    if (name === undefined) return;
    if (findRoute(this.#services, this.#record, name, this.#request.certificate, this)) return;
    this.#fail("credentials", { code: "unknown-user", detail: "nothing to search for" });
  }

  /** The account is known: may it log in here? */
  #take(route: Route): void {
    const { credentials } = this.#request;
    const { preAuth } = this.#services;
    this.#record.account = route.account;
    this.#route = route;
    const denial = judgeAccount(route, this.#record);
    if (denial !== undefined) return this.#fail("credentials", denial);
    if (preAuth === undefined || credentials.kind === "external") return this.#replayAs(route, false);
    if (credentials.kind === "password") return preAuth.check(route, credentials.password.reveal(), this);
    // Nothing that a directory could be asked about.
    this.#fail("credentials", { code: "pre-auth-needs-password" });
  }

  #replayAs(route: Route, proved: boolean): void {
    const { credentials, introduction } = this.#request;
    const { replayFormat, names } = this.#services.policy;
    const own = credentials.kind === "external" ? undefined : this.#name?.parts;
    const user = userAtStore(replayFormat, route, own ?? loginParts(route.account, names));
    if (!user.ok) return this.#fail("unavailable", { code: "no-replay-name", detail: user.why });
    const task = { credentials, introduction, hopsLeft: this.#hopsLeft(), proved, route, user: user.user };
    this.#replay = new Replay(this.#services, this, this.#record, task);
    this.#replay.start();
  }

  #hopsLeft(): number {
    const { hops } = this.#services.limits;
    return Math.min(hops, this.#request.introduction?.hops ?? hops) - 1;
  }

  #fail(failure: LoginFailure, note: { code: LoginFailureCode; detail?: string }): void {
    this.noted(note);
    this.#reportLater(failure);
  }

  /**
   * All that concerns name and password is answered after the same time, whoever found it wrong. Nothing is answered at
   * once: the next login may have come already, and thousands of them would nest.
   */
  #reportLater(failure: LoginFailure): void {
    if (this.#over) return;
    const { wheel, limits } = this.#services;
    const spent = (wheel.nowMs - this.#startedMs) / 1000;
    this.#failure = failure;
    wheel.set(this, failure === "credentials" ? limits.failedLoginSeconds - spent : 0);
  }
}

const detail = (text: string | undefined): { detail?: string } =>
  text === undefined ? {} : { detail: text };
