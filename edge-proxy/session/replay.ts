import type { Route } from "../api-client/answers.ts";
import type { StoreHost } from "../guard/store-health.ts";
import type { StorePlace } from "../guard/store-places.ts";
import { loginParts } from "../identity/login-parts.ts";
import type { FailedLogin, SessionRecord } from "../observe/session-record.ts";
import type {
  ClientIntroduction,
  Credentials,
  ForwardedClient,
  LoginFailure,
  StoreCredentials,
  StoreOutcome,
} from "../protocol/dialogue.ts";
import { type SecretOctets, utf8Octets } from "../protocol/octets.ts";
import { proxyHeaderV2 } from "../transport/proxy-protocol.ts";
import type { Addresses } from "../transport/transport.ts";
import { userAtStore } from "./account.ts";
import type { LoginServices } from "./services.ts";
import { type HostHealth, type StoreFault, StoreLogin, type StoreLoginOwner } from "./store-login.ts";
import type { StoreTarget } from "./store-targets.ts";

/** A login to be made at the user's store. */
export interface ReplayTask {
  credentials: Credentials;
  introduction: ClientIntroduction | undefined;
  /** Number of multiplexors that it may still pass through. */
  hopsLeft: number;
  /** The directory has accepted the password: the store administrator may log in for the user. */
  proved: boolean;
  route: Route;
  /** The account's user name at the store. */
  user: string;
}

/** Who is told what the stores say. */
export interface ReplayOwner {
  /** The store asks the client something. */
  challenge(message: string): void;
  /** An attempt failed; another may follow. */
  noted(failure: FailedLogin): void;
  /** The last attempt failed. */
  failed(failure: LoginFailure): void;
  /** `place` is the session's from now on. */
  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin, place: StorePlace): void;
}

/** Where a replay stands. */
type State =
  | { is: "idle" }
  /** The store has as many logins in progress as it may. */
  | { is: "queued"; place: StorePlace }
  | Attempt
  | { is: "over" };

/** A store that is being asked. */
interface Attempt {
  readonly is: "asking";
  readonly place: StorePlace;
  readonly store: StoreLogin;
  readonly target: StoreTarget;
  /** Of the target in the route's list of hosts. */
  readonly hostIndex: number;
  /** Whose turn it is, where the store has asked the client something: no other host can go on from there. */
  turn: "none" | "client" | "store";
}

/** Logs in at the hosts of a route, one after the other, each at its addresses in their order. Reports once. */
export class Replay implements StoreLoginOwner {
  readonly #services: LoginServices;
  readonly #owner: ReplayOwner;
  readonly #record: SessionRecord;
  readonly #task: ReplayTask;
  #state: State = { is: "idle" };

  constructor(services: LoginServices, owner: ReplayOwner, record: SessionRecord, task: ReplayTask) {
    this.#services = services;
    this.#owner = owner;
    this.#record = record;
    this.#task = task;
  }

  start(): void {
    this.#tryHost(0, "unavailable");
  }

  /** The client's next message of an exchange; undefined: it cancelled. */
  respond(message: SecretOctets | undefined): void {
    if (this.#state.is !== "asking") return;
    this.#state.turn = "store";
    this.#state.store.respond(message);
  }

  /** Gives up without a report. */
  cancel(): void {
    const state = this.#state;
    this.#state = OVER;
    if (state.is === "asking") state.store.cancel();
    if (state.is === "asking" || state.is === "queued") state.place.leave();
  }

  challenge(message: string): void {
    if (this.#state.is !== "asking") return;
    this.#state.turn = "client";
    this.#owner.challenge(message);
  }

  loggedIn(outcome: StoreOutcome & { ok: true }): void {
    if (this.#state.is !== "asking") return;
    const { store, place, target } = this.#state;
    this.#state = OVER;
    this.#services.stores.health.served(hostOf(target));
    place.becomeSession();
    this.#owner.loggedIn(outcome, store, place);
  }

  failed({ code, progress, detail, failure, health }: StoreFault): void {
    if (this.#state.is !== "asking") return;
    const { target, hostIndex, turn, place } = this.#state;
    this.#owner.noted({ code, store: target.name, progress, detail });
    // A client that is silent in an exchange is not the store's fault.
    this.#noteHealth(target, turn === "client" ? "unknown" : health);
    const judged = failure !== "store-down" && progress === "auth";
    // Another host would only be asked to judge the same user again.
    if (judged || turn !== "none") return this.#fail(place, failure);
    this.#tryNext(target, hostIndex, place, failure);
  }

  /** Tries the route's hosts in order, from `first` on; `last` is why the one before failed. */
  #tryHost(first: number, last: LoginFailure): void {
    const { mailHost, override } = this.#task.route;
    for (const [index, host] of mailHost.entries()) {
      if (index < first) continue;
      const target = this.#services.findStore(host, override);
      if (target !== undefined) {
        this.#record.store = target.name;
        return this.#enter(target, index);
      }
      this.#owner.noted({ code: "no-store-entry", store: host });
    }
    this.#state = OVER;
    this.#owner.failed(last);
  }

  /** Takes a place among the logins in progress at the store, perhaps after a wait. */
  #enter(target: StoreTarget, hostIndex: number): void {
    const { stores, guard } = this.#services;
    this.#state = { is: "idle" };
    const place = stores.places.enter(target.name, target.guard, {
      admitted: (admitted) => this.#tryTarget(target, hostIndex, admitted),
      refused: (limit) => {
        guard.counters[limit === "store-attempts" ? "storeAttempts" : "storeSessions"]++;
        this.#owner.noted({ code: limit, store: target.name });
        this.#tryHost(hostIndex + 1, "unavailable");
      },
    });
    if (this.#state.is === "idle") this.#state = { is: "queued", place };
  }

  #tryNext({ next }: StoreTarget, hostIndex: number, place: StorePlace, failure: LoginFailure): void {
    if (next !== undefined) return this.#tryTarget(next, hostIndex, place);
    place.leave();
    this.#tryHost(hostIndex + 1, failure);
  }

  #fail(place: StorePlace, failure: LoginFailure): void {
    this.#state = OVER;
    place.leave();
    this.#owner.failed(failure);
  }

  #noteHealth(target: StoreTarget, health: HostHealth): void {
    const { stores, guard } = this.#services;
    if (health === "serves") stores.health.served(hostOf(target));
    else if (health !== "unknown") {
      const client = guard.clientOf(this.#record.clientAddress);
      stores.health.failed(hostOf(target), health, client, target.guard.breaker);
    }
  }

  #tryTarget(target: StoreTarget, hostIndex: number, place: StorePlace): void {
    const { transport, wheel, limits, createBack, stores, guard } = this.#services;
    const credentials = this.#storeCredentials(target);
    if (typeof credentials === "string") {
      this.#owner.noted({ code: credentials, store: target.name });
      return this.#fail(place, "unavailable");
    }
    if (!stores.health.admits(hostOf(target))) {
      guard.counters.storeSkipped++;
      this.#owner.noted({ code: "store-skipped", store: target.name, detail: target.host });
      return this.#tryNext(target, hostIndex, place, "store-down");
    }
    const { startTls, replay, forwardClient } = target;
    const client = forwardClient ? this.#forwardedClient() : undefined;
    const options = {
      transport,
      wheel,
      limits,
      target,
      entrance: this.#record,
      preface: target.proxyHeader ? proxyHeaderV2(this.#addresses()) : undefined,
      back: createBack({ credentials, startTls, replay: replay === "admin" ? "auto" : replay, client }),
    };
    const store = new StoreLogin(options, this);
    this.#state = { is: "asking", place, store, target, hostIndex, turn: "none" };
  }

  /**
   * The client's own credentials; or the store administrator's, where the client gave nothing that a store could judge, or
   * where the directory has accepted the password and the store is to be logged in at in this way. Never the
   * administrator's for a password that nobody has checked.
   */
  #storeCredentials({
    admin = this.#services.policy.admin,
    replay,
  }: StoreTarget): StoreCredentials | "no-store-admin" | "not-pre-authenticated" | "no-replay-name" {
    const { credentials, proved, route } = this.#task;
    if (credentials.kind === "exchange") return credentials;
    if (credentials.kind === "password" && replay !== "admin") {
      return { kind: "password", user: utf8Octets(this.#task.user), password: credentials.password };
    }
    if (credentials.kind === "password" && !proved) return "not-pre-authenticated";
    if (admin === undefined) return "no-store-admin";
    // No store checks this: an alias that the client chose must not lead to somebody else's mailbox.
    const { names, replayFormat } = this.#services.policy;
    const user = userAtStore(replayFormat, route, loginParts(route.account, names));
    if (!user.ok) return "no-replay-name";
    const authorizationId = utf8Octets(user.user);
    return { kind: "password", user: admin.user, password: admin.password, authorizationId };
  }

  #addresses(): Addresses {
    const { clientAddress, clientPort, localAddress, localPort } = this.#record;
    return { remoteAddress: clientAddress, remotePort: clientPort, localAddress, localPort };
  }

  #forwardedClient(): ForwardedClient {
    const { sid, clientAddress: address, clientPort: port, localAddress, localPort } = this.#record;
    const { introduction, hopsLeft } = this.#task;
    return { sid, address, port, localAddress, localPort, hopsLeft, id: introduction?.id ?? NOTHING_SAID };
  }
}

const OVER: State = { is: "over" };

const hostOf = ({ name: store, host, port }: StoreTarget): StoreHost => ({ store, host, port });

const NOTHING_SAID: ReadonlyMap<string, string> = new Map();
