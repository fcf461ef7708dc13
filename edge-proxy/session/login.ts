import type { Route } from "../api-client/answers.ts";
import type { Trier } from "../guard/penalties.ts";
import type { StorePlace } from "../guard/store-places.ts";
import type { AdministratorLogin } from "../observe/log.ts";
import { type FailedLogin, noteFailure, type SessionRecord } from "../observe/session-record.ts";
import type { Alert, LoginFailure, StoreOutcome } from "../protocol/dialogue.ts";
import { isFailedLogin } from "../protocol/login-failures.ts";
import type { SecretOctets } from "../protocol/octets.ts";
import type { HoldWaiter } from "../routing/holds.ts";
import type { Timed } from "../timer-wheel.ts";
import { judgeAccount } from "./account.ts";
import { AccountSearch, type AccountSearchOwner } from "./account-search.ts";
import { Clearance, type ClearanceOwner } from "./clearance.ts";
import { type LoginNames, loginNames, provenName, wantedName } from "./login-names.ts";
import type { LoginOwner } from "./login-owner.ts";
import { type LoginRefusal, type LoginRequest, proofOf, refusal, requestFault } from "./login-request.ts";
import { type LoginState, OVER } from "./login-state.ts";
import { Replay, type ReplayOwner } from "./replay.ts";
import { replayTask } from "./replay-task.ts";
import type { LoginServices } from "./services.ts";
import type { StoreLogin } from "./store-login.ts";

/** How often a login that waits for a hold to end looks again, in case it was not told, in seconds. */
const LOOK_AGAIN_SECONDS = 5;

/** One login: its account, the directory's word, the store's answer. Reports once. */
export class Login implements Timed, HoldWaiter, AccountSearchOwner, ClearanceOwner, ReplayOwner {
  due = -1;
  readonly #services: LoginServices;
  readonly #owner: LoginOwner;
  readonly #record: SessionRecord;
  readonly #request: LoginRequest;
  /** When it began, or its delay was over. */
  #startedMs: number;
  /** Number of the latest kick before its route was asked for. */
  #kick: number;
  /** Until when it waits for a hold to end, since its first wait. */
  #heldUntilMs: number | undefined;
  /** The same by a clock that is exact, and when the route was asked for. */
  #beganMs = performance.now();
  #searchedMs = 0;
  #routeMs = 0;
  readonly #names: LoginNames;
  #state: LoginState = { is: "new" };
  /** The route that its store has called out of date. */
  #outdated: Route | undefined;

  constructor(services: LoginServices, owner: LoginOwner, record: SessionRecord, request: LoginRequest) {
    this.#services = services;
    this.#owner = owner;
    this.#record = record;
    this.#request = request;
    this.#startedMs = services.wheel.nowMs;
    this.#kick = services.kicks.latest;
    this.#names = loginNames(request.credentials, services.policy);
  }

  start(): void {
    const record = this.#record;
    const names = this.#names;
    record.mechanism = this.#request.credentials.mechanism;
    record.authorizationId = names.is === "other" ? wantedName(names)?.login : undefined;
    // Of an earlier login on the same connection.
    record.account = undefined;
    record.store = undefined;
    if (names.is === "invalid") return this.#refuse(refusal("credentials", { code: names.fault }));
    record.login = provenName(names)?.login ?? record.login;
    if (!this.#services.guard.startLogin(record.clientAddress)) {
      return this.#refuse(refusal("rate", { code: "login-rate" }));
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
    if (waitedMs > 0) this.#beganMs = performance.now();
    const fault = requestFault(this.#request, this.#names, this.#services.limits.hops);
    if (fault === undefined) this.#search();
    else this.#refuse(fault);
  }

  /** The client's next message of an exchange; undefined: it cancelled. */
  respond(message: SecretOctets | undefined): void {
    const state = this.#state;
    if (state.is === "replaying") state.replay.respond(message);
    else if (state.is === "decoy") this.#reportLater(message === undefined ? "cancelled" : state.failure);
  }

  /** The client has left: no report follows. */
  cancel(): void {
    const state = this.#state;
    this.#state = OVER;
    this.#services.wheel.clear(this);
    this.#leaveStep(state);
  }

  /** Its account or its store was kicked: it begins anew, unless the client takes part in an exchange with the store. */
  retract(): boolean {
    const state = this.#state;
    const { is } = state;
    if (is !== "searching" && is !== "clearing" && is !== "replaying") return false;
    if (this.#request.credentials.kind === "exchange") return false;
    this.#state = { is: "resuming" };
    this.#leaveStep(state);
    this.#record.store = undefined;
    this.#services.wheel.set(this, 0);
    return true;
  }

  get isHeld(): boolean {
    return this.#state.is === "held" || this.#state.is === "resuming";
  }

  #leaveStep(state: LoginState): void {
    if (state.is === "searching") state.search.cancel();
    else if (state.is === "held") this.#leaveHold(state.uuid, state.sinceMs);
    else if (state.is === "clearing") state.clearance.cancel();
    else if (state.is === "replaying") state.replay.cancel();
    else if (state.is === "decoy") clearTimeout(state.timer);
  }

  expire(): void {
    if (this.#state.is === "delayed") return this.#delay(this.#state.sinceMs);
    if (this.#state.is === "held") return this.#lookAgain(this.#state);
    if (this.#state.is === "resuming") return this.#search();
    if (this.#state.is !== "failed") return;
    const { failure, alerts } = this.#state;
    this.#state = OVER;
    this.#owner.loginFailed(failure, alerts);
  }

  /** The account is known: may it log in here? */
  found(route: Route): void {
    this.#record.account = route.account;
    // Equal, but the cached string: all sessions of the account then share one.
    if (this.#record.login === route.account) this.#record.login = route.account;
    this.#routeMs = performance.now() - this.#searchedMs;
    const denial = judgeAccount(route, this.#record);
    if (denial !== undefined) return this.#refuse(refusal("credentials", denial));
    if (this.#outdated?.mailHost.join() === route.mailHost.join()) {
      return this.#refuse(
        refusal("unavailable", { code: "store-moved", detail: "the route has not changed" }),
      );
    }
    if (this.#services.holds.heldBy(route) !== undefined) return this.#wait(route);
    const { credentials } = this.#request;
    const options = {
      services: this.#services,
      record: this.#record,
      credentials,
      names: this.#names,
      route,
    };
    const clearance = new Clearance(options, this);
    this.#state = { is: "clearing", clearance };
    clearance.start();
  }

  /** Its account or store is on hold: waits until that may have changed, and looks again now and then. */
  #wait(route: Route): void {
    const { holds, limits, wheel } = this.#services;
    const held = holds.heldBy(route) === "account" ? "account-held" : "store-held";
    this.#heldUntilMs ??= wheel.nowMs + limits.holdSeconds * 1000;
    const leftSeconds = (this.#heldUntilMs - wheel.nowMs) / 1000;
    if (leftSeconds <= 0) return this.#refuse(refusal("unavailable", { code: held }));
    if (!holds.enter(route.uuid, this, limits.heldLogins))
      return this.#refuse(refusal("unavailable", { code: "held-limit" }));
    this.#state = { is: "held", uuid: route.uuid, sinceMs: performance.now() };
    wheel.set(this, Math.min(leftSeconds, LOOK_AGAIN_SECONDS));
    this.#owner.delayed(leftSeconds);
  }

  mayGoOn(): void {
    // Not at once: thousands may wait, and whoever tells them has more to do.
    if (this.#state.is === "held") this.#services.wheel.set(this, 0);
  }

  #lookAgain({ uuid, sinceMs }: LoginState & { is: "held" }): void {
    this.#leaveHold(uuid, sinceMs);
    // The wait is not the time that the login takes, and must not tell what comes of it.
    this.#startedMs = this.#services.wheel.nowMs;
    this.#beganMs = performance.now();
    this.#search();
  }

  #leaveHold(uuid: string, sinceMs: number): void {
    this.#services.holds.leave(uuid, this);
    this.#record.heldMs = (this.#record.heldMs ?? 0) + Math.round(performance.now() - sinceMs);
  }

  notFound(refused: LoginRefusal): void {
    this.#refuse(refused);
  }

  cleared(route: Route, proved: boolean): void {
    const { policy, limits } = this.#services;
    const cleared = { request: this.#request, names: this.#names, route, proved, hops: limits.hops };
    const made = replayTask(policy, cleared);
    if (!made.ok) return this.#refuse(made.refused);
    const replay = new Replay(this.#services, this, this.#record, made.task);
    this.#state = { is: "replaying", replay, route };
    replay.start();
  }

  notCleared(refused: LoginRefusal): void {
    this.#refuse(refused);
  }

  challenge(message: string): void {
    const { credentials } = this.#request;
    if (credentials.kind === "exchange") {
      this.#services.decoys.learn(credentials, message, performance.now() - this.#beganMs);
    }
    this.#owner.challenge(message);
  }

  noted(failure: FailedLogin): void {
    const login = provenName(this.#names)?.login;
    const { authorizationId } = this.#record;
    const noted = {
      ...failure,
      ...(login === undefined ? {} : { login }),
      ...(authorizationId === undefined ? {} : { authorizationId }),
    };
    noteFailure(this.#record, noted);
    this.#services.kept.failed(this.#record, noted);
    this.#services.metrics.loginFailed(this.#record, failure);
  }

  failed(failure: LoginFailure, alerts: readonly Alert[]): void {
    this.#reportLater(failure, alerts);
  }

  /** The API is asked anew where the user is, once. */
  moved(alerts: readonly Alert[]): void {
    if (this.#state.is !== "replaying") return;
    if (this.#outdated !== undefined) return this.#reportLater("unavailable", alerts);
    this.#outdated = this.#state.route;
    this.#search();
  }

  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin, place: StorePlace): void {
    const { guard, kicks } = this.#services;
    guard.succeeded(this.#trier);
    if (kicks.since(this.#kick, this.#record.account, this.#record.store)) {
      place.leave();
      store.connection.destroy();
      return this.#refuse(refusal("unavailable", { code: "kicked" }));
    }
    // Not before the store has let the user in: who does not know the password must not learn of the sessions, nor take
    // up any.
    const user = guard.startSession(this.#record.account ?? "");
    if (user === undefined) {
      place.leave();
      store.connection.destroy();
      return this.#refuse(refusal("user-sessions", { code: "user-limit" }));
    }
    const { connectMs, tlsMs, authMs } = store.times;
    const loginMs = performance.now() - this.#beganMs;
    const times = { routeMs: this.#routeMs, connectMs, tlsMs, authMs, loginMs };
    this.#services.metrics.loggedIn(this.#record, times);
    this.#services.admitted(this.#record, times, this.#request.introduction?.id);
    this.#state = OVER;
    this.#audit("granted");
    this.#owner.loggedIn(outcome, store, { store: place, user });
  }

  /** Who is delayed by failures: a certificate without a name stands for its user. */
  get #trier(): Trier {
    const { clientAddress: address, certificate } = this.#record;
    return { address, user: provenName(this.#names)?.login ?? certificate ?? "" };
  }

  #search(): void {
    this.#searchedMs = performance.now();
    const { resolver, policy, kicks } = this.#services;
    this.#kick = kicks.latest;
    const options = {
      policy,
      // The cache will do until a store has called it out of date.
      routes: this.#outdated === undefined ? resolver : resolver.anew,
      record: this.#record,
      request: this.#request,
      name: wantedName(this.#names),
    };
    const search = new AccountSearch(options, this);
    this.#state = { is: "searching", search };
    search.start();
  }

  #refuse({ failure, note }: LoginRefusal): void {
    this.noted(note);
    if (this.#wasAsked && this.#answersByDecoy(failure)) return;
    this.#reportLater(failure);
  }

  /** Who is refused before a store is asked gets a challenge, too: it must not tell who exists. */
  #answersByDecoy(failure: LoginFailure): boolean {
    const { credentials } = this.#request;
    const name = wantedName(this.#names);
    if (failure !== "credentials" || credentials.kind !== "exchange" || name === undefined) return false;
    const decoy = this.#services.decoys.make(credentials, name.login);
    if (decoy === undefined) return false;
    const spentMs = performance.now() - this.#beganMs;
    // Not by the wheel, whose ticks would show.
    const timer = setTimeout(
      () => this.#owner.challenge(decoy.message),
      Math.max(0, decoy.afterMs - spentMs),
    );
    this.#state = { is: "decoy", timer, failure };
    return true;
  }

  /** The API has been asked who the user is. */
  get #wasAsked(): boolean {
    return this.#state.is === "searching" || this.#state.is === "clearing";
  }

  #audit(outcome: AdministratorLogin): void {
    const isAdministrators = this.#names.is === "other" && this.#names.administrator !== undefined;
    if (isAdministrators) this.#services.audit(this.#record, outcome);
  }

  /**
   * All that concerns name and password is answered after the same time, whatever was wrong. Nothing is answered at
   * once: the next login may have come already, and thousands of them would nest.
   */
  #reportLater(failure: LoginFailure, alerts: readonly Alert[] = []): void {
    if (this.#state.is === "over") return;
    const { wheel, limits, guard } = this.#services;
    this.#audit("refused");
    if (isFailedLogin(failure)) guard.failed(this.#trier, proofOf(this.#request, this.#record));
    const spent = (wheel.nowMs - this.#startedMs) / 1000;
    this.#state = { is: "failed", failure, alerts };
    wheel.set(this, isFailedLogin(failure) ? limits.failedLoginSeconds - spent : 0);
  }
}
