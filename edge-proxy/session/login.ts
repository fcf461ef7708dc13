import type { ClaimsAnswer, PreAuthAnswer, Route, RouteAnswer } from "../api-client/answers.ts";
import type { Trier } from "../guard/penalties.ts";
import type { StorePlace } from "../guard/store-places.ts";
import type { Place } from "../guard/tally.ts";
import { type LoginName, loginName } from "../identity/login-name.ts";
import { loginParts } from "../identity/login-parts.ts";
import {
  type FailedLogin,
  type LoginFailureCode,
  noteFailure,
  type SessionRecord,
} from "../observe/session-record.ts";
import type { PasswordWaiter } from "../pre-auth/checker.ts";
import type {
  Alert,
  ClientIntroduction,
  Credentials,
  LoginFailure,
  StoreOutcome,
} from "../protocol/dialogue.ts";
import { isFailedLogin } from "../protocol/login-failures.ts";
import type { SecretOctets } from "../protocol/octets.ts";
import type { ClaimsWaiter, RouteSource, RouteWaiter } from "../routing/resolver.ts";
import type { Timed } from "../timer-wheel.ts";
import type { ClientCertificate } from "../transport/transport.ts";
import { judgeAccount, userAtStore } from "./account.ts";
import { CertificateLogin, type CertificateWaiter, type MappedCertificate } from "./certificate-login.ts";
import { findRoute } from "./find-route.ts";
import { claimsOn, judgeOwner, nameOnBehalf } from "./name-owner.ts";
import { Replay, type ReplayOwner } from "./replay.ts";
import type { LoginServices } from "./services.ts";
import { isOnBehalf, namedExchange } from "./store-identity.ts";
import type { StoreLogin } from "./store-login.ts";

/** Who is told what becomes of a login: the session. */
export interface LoginOwner {
  /** The store asks the client something. */
  challenge(message: string): void;
  /** `alerts` are what the store wants the user to read. */
  loginFailed(failure: LoginFailure, alerts: readonly Alert[]): void;
  /** The login waits for so many seconds before anybody is asked about it: that time is not the client's. */
  delayed(seconds: number): void;
  /** The places are the session's from now on. */
  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin, places: SessionPlaces): void;
}

/** What a session takes up, at its store and of its user's sessions. */
export interface SessionPlaces {
  store: StorePlace;
  user: Place;
}

/** What a client says and shows when it logs in. */
export interface LoginRequest {
  credentials: Credentials;
  introduction: ClientIntroduction | undefined;
  /** Its own, proved under TLS; believed only where it has no `fault`. */
  certificate: ClientCertificate | undefined;
}

/**
 * Where a login stands. It goes down this list, past the steps that its credentials or its policy do not need; each step
 * may lead to `failed`, and the client may leave at any time.
 */
type State =
  /** Others have failed before it from the same client. */
  | { is: "delayed"; sinceMs: number }
  /** The certificate's searches are under way. */
  | { is: "mapping" }
  /** The API is asked for the route of the name; it must be the route of the certificate, where there is one. */
  | { is: "finding"; certified: Route | undefined }
  /** The directory is asked about the password. */
  | { is: "checking"; route: Route }
  /** The API is asked who claims the name that the store would be told on the user's behalf. */
  | { is: "confirming"; route: Route; proved: boolean; name: string }
  /** The store is asked. */
  | { is: "replaying"; replay: Replay; route: Route }
  /** What the client will hear is known; it hears it when the time has come. */
  | { is: "failed"; failure: LoginFailure; alerts: readonly Alert[] }
  /** Reported, or the client has left. */
  | { is: "over" };

/** One login: name or certificate, route, the directory's word, the store's answer. Reports once. */
export class Login
  implements Timed, RouteWaiter, CertificateWaiter, PasswordWaiter, ClaimsWaiter, ReplayOwner
{
  due = -1;
  readonly #services: LoginServices;
  readonly #owner: LoginOwner;
  readonly #record: SessionRecord;
  readonly #request: LoginRequest;
  /** When it began, or its delay was over. */
  #startedMs: number;
  /** Undefined where the client leaves it to its certificate. */
  readonly #name: LoginName | undefined;
  #state: State;
  /** The route that its store has called out of date. */
  #outdated: Route | undefined;

  constructor(services: LoginServices, owner: LoginOwner, record: SessionRecord, request: LoginRequest) {
    const { kind, user } = request.credentials;
    this.#services = services;
    this.#owner = owner;
    this.#record = record;
    this.#request = request;
    this.#startedMs = services.wheel.nowMs;
    this.#name = kind === "external" && user === "" ? undefined : loginName(user, services.policy.names);
    this.#state = kind === "external" ? { is: "mapping" } : FINDING;
  }

  start(): void {
    const { credentials } = this.#request;
    this.#record.mechanism = credentials.mechanism;
    const name = this.#name;
    if (name !== undefined) {
      if (!name.ok) return this.#fail("credentials", { code: name.fault });
      this.#record.login = name.login;
    }
    if (!this.#services.guard.startLogin(this.#record.clientAddress)) {
      return this.#fail("rate", { code: "login-rate" });
    }
    this.#delay(this.#startedMs);
  }

  /** Waits until what failed before is paid for. More may fail meanwhile. */
  #delay(sinceMs: number): void {
    const { guard, wheel } = this.#services;
    const waitedMs = wheel.nowMs - sinceMs;
    const seconds = guard.delaySeconds(this.#trier) - waitedMs / 1000;
    if (seconds > 0) {
      if (this.#state.is !== "delayed") guard.counters.delayedLogins++;
      this.#state = { is: "delayed", sinceMs };
      wheel.set(this, seconds);
      return this.#owner.delayed(seconds);
    }
    if (waitedMs > 0) this.#record.delayedMs = (this.#record.delayedMs ?? 0) + waitedMs;
    // What comes of it must not be told by its time.
    this.#startedMs = wheel.nowMs;
    this.#begin();
  }

  #begin(): void {
    const { credentials } = this.#request;
    if (credentials.kind === "external") return this.#map();
    if (this.#hopsLeft() <= 0) return this.#fail("unavailable", { code: "proxy-loop" });
    // NUL, CR and LF end a message in one protocol or another: no password may carry them to a store.
    if (credentials.kind === "password" && /[\0\r\n]/.test(credentials.password.reveal())) {
      return this.#fail("credentials", { code: "bad-password-octets" });
    }
    if (credentials.authorizationId !== undefined) {
      return this.#fail("not-authorized", { code: "foreign-authorization-id" });
    }
    // RFC 4616 section 2 has it fail, and to some directories and stores it means that nobody logs in.
    if (credentials.kind === "password" && credentials.password.reveal() === "") {
      return this.#fail("credentials", { code: "empty-password" });
    }
    this.#find(FINDING);
  }

  /** The client's next message of an exchange; undefined: it cancelled. */
  respond(message: SecretOctets | undefined): void {
    if (this.#state.is === "replaying") this.#state.replay.respond(message);
  }

  /** The client has left: no report follows. */
  cancel(): void {
    if (this.#state.is === "replaying") this.#state.replay.cancel();
    this.#state = OVER;
    this.#services.wheel.clear(this);
  }

  expire(): void {
    if (this.#state.is === "delayed") return this.#delay(this.#state.sinceMs);
    if (this.#state.is !== "failed") return;
    const { failure, alerts } = this.#state;
    this.#state = OVER;
    this.#owner.loginFailed(failure, alerts);
  }

  resolved(answer: RouteAnswer): void {
    if (this.#state.is !== "finding") return;
    const { certified } = this.#state;
    if (certified === undefined || answer.is === "unavailable") return this.#judge(answer);
    // The account that the client names must be that of its certificate (RFC 4422, appendix A).
    if (answer.is === "route" && answer.route.uuid === certified.uuid) return this.#take(certified);
    this.#fail("credentials", { code: "certificate-other-user" });
  }

  mapped(verdict: MappedCertificate): void {
    if (this.#state.is !== "mapping") return;
    if (verdict.is === "refused") {
      return this.#fail("credentials", { code: verdict.reason, detail: verdict.why });
    }
    const name = this.#goodName;
    if (verdict.answer.is !== "route") return this.#judge(verdict.answer);
    const { route } = verdict.answer;
    this.#record.account = route.account;
    if (name === undefined || name.login === route.account) return this.#take(route);
    this.#find({ is: "finding", certified: route });
  }

  passwordChecked(answer: PreAuthAnswer): void {
    if (this.#state.is !== "checking") return;
    const { route } = this.#state;
    switch (answer.is) {
      case "right":
        this.#services.preAuth?.note(this.#record, this.#goodName?.parts.canonical ?? route.account);
        return this.#confirm(route, true);
      case "wrong":
        return this.#fail("credentials", { code: "pre-auth-refused" });
      case "unavailable":
        return this.#fail("unavailable", { code: "pre-auth-unavailable", detail: answer.detail });
      default:
        answer satisfies never;
    }
  }

  claimed(answer: ClaimsAnswer): void {
    if (this.#state.is !== "confirming") return;
    const { route, proved, name } = this.#state;
    if (answer.is === "unavailable") {
      return this.#fail("unavailable", { code: "route-unavailable", detail: answer.detail });
    }
    const verdict = judgeOwner(this.#services.policy, name, route, answer);
    if (verdict.ok) return this.#replay(route, proved);
    // The directory is wrong, not the client.
    this.#fail("unavailable", { code: "store-name-not-own", detail: verdict.detail });
  }

  challenge(message: string): void {
    this.#owner.challenge(message);
  }

  noted(failure: FailedLogin): void {
    const name = this.#goodName;
    noteFailure(this.#record, name === undefined ? failure : { ...failure, login: name.login });
  }

  failed(failure: LoginFailure, alerts: readonly Alert[]): void {
    this.#reportLater(failure, alerts);
  }

  /** The API is asked anew where the user is, once. */
  moved(alerts: readonly Alert[]): void {
    if (this.#state.is !== "replaying") return;
    if (this.#outdated !== undefined) return this.#reportLater("unavailable", alerts);
    this.#outdated = this.#state.route;
    if (this.#request.credentials.kind === "external") this.#map();
    else this.#find(FINDING);
  }

  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin, place: StorePlace): void {
    const { guard } = this.#services;
    guard.succeeded(this.#trier);
    // Not before the store has let the user in: who does not know the password must not learn of the sessions, nor take
    // up any.
    const user = guard.startSession(this.#record.account ?? "");
    if (user === undefined) {
      place.leave();
      store.connection.destroy();
      return this.#fail("user-sessions", { code: "user-limit" });
    }
    this.#state = OVER;
    this.#owner.loggedIn(outcome, store, { store: place, user });
  }

  /** Who is delayed by failures: a certificate without a name stands for its user. */
  get #trier(): Trier {
    const { clientAddress: address, certificate } = this.#record;
    return { address, user: this.#goodName?.login ?? certificate ?? "" };
  }

  /** What the client tried. */
  get #proof(): string {
    const { credentials } = this.#request;
    switch (credentials.kind) {
      case "password":
        return credentials.password.reveal();
      case "exchange":
        return credentials.initial.reveal();
      case "external":
        return this.#record.certificate ?? "";
      default:
        return credentials satisfies never;
    }
  }

  get #goodName(): (LoginName & { ok: true }) | undefined {
    return this.#name?.ok === true ? this.#name : undefined;
  }

  /** Finds the account of the client's certificate. */
  #map(): void {
    const { certificate } = this.#request;
    if (certificate === undefined) return this.#fail("credentials", { code: "no-certificate" });
    const { fault } = certificate;
    if (fault !== undefined) return this.#fail("credentials", { code: `certificate-${fault}` });
    if (this.#hopsLeft() <= 0) return this.#fail("unavailable", { code: "proxy-loop" });
    this.#state = { is: "mapping" };
    new CertificateLogin(this.#services.policy, certificate.der, this.#routes, this).start();
  }

  /** Finds the route of the name. */
  #find(state: State & { is: "finding" }): void {
    const name = this.#goodName;
    if (name === undefined) return;
    this.#state = state;
    const { policy } = this.#services;
    if (findRoute(policy, this.#routes, this.#record, name, this.#request.certificate, this)) return;
    this.#fail("credentials", { code: "unknown-user", detail: "nothing to search for" });
  }

  /** Where routes come from: the cache will do until a store has called it out of date. */
  get #routes(): RouteSource {
    const { resolver } = this.#services;
    return this.#outdated === undefined ? resolver : resolver.anew;
  }

  #judge(answer: RouteAnswer): void {
    switch (answer.is) {
      case "route":
        return this.#take(answer.route);
      case "unknown":
        return this.#fail("credentials", { code: "unknown-user" });
      case "ambiguous":
        // The directory is wrong, not the client: it may try again once that is put right.
        return this.#fail("unavailable", { code: "ambiguous-user", ...detail(answer.detail) });
      case "unavailable":
        return this.#fail("unavailable", { code: "route-unavailable", detail: answer.detail });
      default:
        answer satisfies never;
    }
  }

  /** The account is known: may it log in here? */
  #take(route: Route): void {
    const { credentials } = this.#request;
    const { preAuth } = this.#services;
    this.#record.account = route.account;
    const denial = judgeAccount(route, this.#record);
    if (denial !== undefined) return this.#fail("credentials", denial);
    if (this.#outdated?.mailHost.join() === route.mailHost.join()) {
      return this.#fail("unavailable", { code: "store-moved", detail: "the route has not changed" });
    }
    if (preAuth === undefined || credentials.kind === "external") return this.#confirm(route, false);
    // A directory can only be asked about a password.
    if (credentials.kind !== "password")
      return this.#fail("credentials", { code: "pre-auth-needs-password" });
    this.#state = { is: "checking", route };
    preAuth.check(route, credentials.password.reveal(), this);
  }

  /** The user may log in: what the store is told on its behalf must be its own name. */
  #confirm(route: Route, proved: boolean): void {
    const { policy, resolver, findStore } = this.#services;
    const { credentials } = this.#request;
    if (!isOnBehalf({ credentials, proved, route }, findStore)) return this.#replay(route, proved);
    const name = nameOnBehalf(policy, route);
    if (!name.ok) return this.#fail("unavailable", { code: "no-replay-name", detail: name.why });
    this.#state = { is: "confirming", route, proved, name: name.user };
    resolver.claims(claimsOn(policy, name.user, route), this);
  }

  #replay(route: Route, proved: boolean): void {
    const { introduction } = this.#request;
    const { replayFormat, names } = this.#services.policy;
    const name = this.#goodName;
    const own = this.#request.credentials.kind === "external" ? undefined : name?.parts;
    const made = userAtStore(replayFormat, route, own ?? loginParts(route.account, names));
    if (!made.ok) return this.#fail("unavailable", { code: "no-replay-name", detail: made.why });
    const { user } = made;
    const credentials = this.#named({ login: name?.login, account: route.account, user });
    if (credentials === undefined) return this.#fail("credentials", { code: "exchange-other-name" });
    const task = { credentials, introduction, hopsLeft: this.#hopsLeft(), proved, route, user };
    const replay = new Replay(this.#services, this, this.#record, task);
    this.#state = { is: "replaying", replay, route };
    replay.start();
  }

  #named(names: Parameters<typeof namedExchange>[1]): Credentials | undefined {
    const { credentials } = this.#request;
    return credentials.kind === "exchange" ? namedExchange(credentials, names) : credentials;
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
   * All that concerns name and password is answered after the same time, whatever was wrong. Nothing is answered at
   * once: the next login may have come already, and thousands of them would nest.
   */
  #reportLater(failure: LoginFailure, alerts: readonly Alert[] = []): void {
    if (this.#state.is === "over") return;
    const { wheel, limits, guard } = this.#services;
    if (isFailedLogin(failure)) guard.failed(this.#trier, this.#proof);
    const spent = (wheel.nowMs - this.#startedMs) / 1000;
    this.#state = { is: "failed", failure, alerts };
    wheel.set(this, isFailedLogin(failure) ? limits.failedLoginSeconds - spent : 0);
  }
}

const FINDING: State & { is: "finding" } = { is: "finding", certified: undefined };
const OVER: State = { is: "over" };

const detail = (text: string | undefined): { detail?: string } =>
  text === undefined ? {} : { detail: text };
