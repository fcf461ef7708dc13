import type { StoreCaller, StoreLimit, StorePlace } from "../guard/store-places.ts";
import type { FailedLogin, LoginFailureCode, SessionRecord } from "../observe/session-record.ts";
import type {
  Alert,
  ClientId,
  ForwardedClient,
  LoginFailure,
  StoreCredentials,
  StoreOutcome,
} from "../protocol/dialogue.ts";
import type { SecretOctets } from "../protocol/octets.ts";
import { proxyHeaderV2 } from "../transport/proxy-protocol.ts";
import type { Addresses } from "../transport/transport.ts";
import { needsProof, type OnBehalf, proveStore, type StoreConnection } from "./prove-store.ts";
import type { ReplayTask } from "./replay-task.ts";
import type { LoginServices } from "./services.ts";
import { storeIdentity } from "./store-identity.ts";
import { type HostHealth, type StoreFault, StoreLogin, type StoreLoginOwner } from "./store-login.ts";
import { backReplay, type StoreTarget, storeHost } from "./store-targets.ts";

/** Who is told what the stores say. */
export interface ReplayOwner {
  /** The store asks the client something. */
  challenge(message: string): void;
  /** An attempt failed; another may follow. */
  noted(failure: FailedLogin): void;
  /** The last attempt failed; `alerts` are its store's. */
  failed(failure: LoginFailure, alerts: readonly Alert[]): void;
  /** The store says that the user has moved to another. */
  moved(alerts: readonly Alert[]): void;
  /** `place` is the session's from now on. */
  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin, place: StorePlace): void;
}

/** Where a replay stands. */
type State =
  | { is: "idle" }
  | Queued
  /** The store is tried before an administrator logs in there. */
  | { is: "proving"; place: StorePlace }
  | Attempt
  | { is: "over" };

/** The store has as many logins in progress as it may, or is about to say. */
interface Queued {
  readonly is: "queued";
  readonly target: StoreTarget;
  /** Of the target in the route's list of hosts. */
  readonly hostIndex: number;
  place: StorePlace | undefined;
}

/** A store that is being asked. */
interface Attempt {
  readonly is: "asking";
  readonly place: StorePlace;
  readonly store: StoreLogin;
  readonly target: StoreTarget;
  readonly hostIndex: number;
  readonly asksCapabilities: boolean;
  /** Whose turn it is, where the store has asked the client something: no other host can go on from there. */
  turn: "none" | "client" | "store";
}

type AttemptStart = Omit<Attempt, "is" | "store" | "turn">;

/** What the client hears if this attempt is the last. */
type Ending = Pick<StoreFault, "failure" | "alerts">;

/** Logs in at the hosts of a route, one after the other, each at its addresses in their order. Reports once. */
export class Replay implements StoreLoginOwner, StoreCaller {
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
    this.#tryHost(0, NOT_ASKED);
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
    if (state.is !== "idle" && state.is !== "over") state.place?.leave();
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
    this.#services.stores.health.served(storeHost(target));
    this.#measure(target, store, "ok");
    place.becomeSession();
    this.#owner.loggedIn(outcome, store, place);
  }

  failed(fault: StoreFault): void {
    if (this.#state.is !== "asking") return;
    const { target, hostIndex, turn, place, asksCapabilities, store } = this.#state;
    const { code, progress, detail, failure, health, alerts } = fault;
    this.#owner.noted({ code, store: target.name, progress, detail });
    this.#measure(target, store, code);
    // A client that is silent in an exchange is not the store's fault.
    this.#noteHealth(target, turn === "client" ? "unknown" : health);
    if (code === "store-no-capa" && asksCapabilities) return this.#tryTarget(target, hostIndex, place, false);
    if (code === "store-moved" && turn === "none") {
      this.#leave(place);
      return this.#owner.moved(alerts);
    }
    const judged = failure !== "store-down" && progress === "auth";
    // Another host would only be asked to judge the same user again.
    if (judged || turn !== "none") return this.#fail(place, fault);
    this.#tryNext(target, hostIndex, place, fault);
  }

  /** Tries the route's hosts in order, from `first` on; `last` is why the one before failed. */
  #tryHost(first: number, last: Ending): void {
    const { mailHost, override } = this.#task.route;
    for (let index = first; index < mailHost.length; index++) {
      const host = mailHost[index] ?? "";
      if (this.#services.holds.isStoreHeld(host)) {
        this.#owner.noted({ code: "store-held", store: host });
        continue;
      }
      const target = this.#services.findStore(host, override);
      if (target !== undefined) {
        this.#record.store = target.name;
        return this.#enter(target, index);
      }
      this.#owner.noted({ code: "no-store-entry", store: host });
    }
    this.#state = OVER;
    this.#owner.failed(last.failure, last.alerts);
  }

  /** Takes a place among the logins in progress at the store, perhaps after a wait. */
  #enter(target: StoreTarget, hostIndex: number): void {
    const queued: Queued = { is: "queued", target, hostIndex, place: undefined };
    this.#state = queued;
    queued.place = this.#services.stores.places.enter(target.name, target.guard, this);
  }

  admitted(place: StorePlace): void {
    if (this.#state.is === "queued") this.#tryTarget(this.#state.target, this.#state.hostIndex, place);
  }

  refused(limit: StoreLimit): void {
    if (this.#state.is !== "queued") return;
    const { target, hostIndex } = this.#state;
    this.#services.guard.counters[limit === "store-attempts" ? "storeAttempts" : "storeSessions"]++;
    this.#owner.noted({ code: limit, store: target.name });
    this.#tryHost(hostIndex + 1, NOT_ASKED);
  }

  #tryNext({ next }: StoreTarget, hostIndex: number, place: StorePlace, last: Ending): void {
    if (next !== undefined) return this.#tryTarget(next, hostIndex, place);
    place.leave();
    this.#tryHost(hostIndex + 1, last);
  }

  #fail(place: StorePlace, { failure, alerts }: Ending): void {
    this.#leave(place);
    this.#owner.failed(failure, alerts);
  }

  #leave(place: StorePlace): void {
    this.#state = OVER;
    place.leave();
  }

  #measure({ name }: StoreTarget, store: StoreLogin, outcome: "ok" | LoginFailureCode): void {
    const { connectMs, tlsMs = 0, authMs } = store.times;
    this.#services.metrics.storeAsked(name, outcome, connectMs + tlsMs + authMs);
  }

  #noteHealth(target: StoreTarget, health: HostHealth): void {
    const { stores, guard } = this.#services;
    if (health === "serves") stores.health.served(storeHost(target));
    else if (health !== "unknown") {
      const client = guard.clientOf(this.#record.clientAddress);
      stores.health.failed(storeHost(target), health, client, target.guard.breaker);
    }
  }

  #tryTarget(target: StoreTarget, hostIndex: number, place: StorePlace, asksCapabilities = true): void {
    const { policy, stores, guard } = this.#services;
    const credentials = storeIdentity(this.#task, policy, target);
    if (typeof credentials === "string") {
      this.#owner.noted({ code: credentials, store: target.name });
      return this.#fail(place, NOT_ASKED);
    }
    if (!stores.health.admits(storeHost(target))) {
      guard.counters.storeSkipped++;
      this.#owner.noted({ code: "store-skipped", store: target.name, detail: target.host });
      return this.#tryNext(target, hostIndex, place, { failure: "store-down", alerts: [] });
    }
    const attempt = { place, target, hostIndex, asksCapabilities };
    if (needsProof(credentials)) this.#prove(credentials, attempt);
    else this.#ask(this.#connectionTo(target), credentials, attempt);
  }

  /** Asks the store once it is known to obey the authorisation id. */
  #prove(credentials: OnBehalf, attempt: AttemptStart): void {
    const { place, target, hostIndex } = attempt;
    const connection = this.#connectionTo(target);
    this.#state = { is: "proving", place };
    proveStore(this.#services, this.#task, credentials, connection, (trust) => {
      if (this.#state.is !== "proving") return;
      if (trust.ok) return this.#ask(connection, credentials, attempt);
      this.#owner.noted(trust.note);
      this.#noteHealth(target, trust.health);
      this.#tryNext(target, hostIndex, place, NOT_ASKED);
    });
  }

  #connectionTo(target: StoreTarget): StoreConnection {
    const { transport, wheel, limits } = this.#services;
    const preface = target.proxyHeader ? proxyHeaderV2(this.#addresses()) : undefined;
    return { transport, wheel, limits, target, entrance: this.#record, preface };
  }

  #ask(
    connection: StoreConnection,
    credentials: StoreCredentials,
    { place, target, hostIndex, asksCapabilities }: AttemptStart,
  ): void {
    const { startTls, replay, forwardClient } = target;
    const back = this.#services.createBack({
      credentials,
      startTls,
      replay: backReplay(replay),
      client: forwardClient ? this.#forwardedClient() : undefined,
      clientId: this.#task.introduction?.id ?? NOTHING_SAID,
      asksCapabilities,
    });
    const store = new StoreLogin(connection, back, this);
    this.#state = { is: "asking", place, store, target, hostIndex, asksCapabilities, turn: "none" };
  }

  #addresses(): Addresses {
    const { clientAddress, clientPort, localAddress, localPort } = this.#record;
    return { remoteAddress: clientAddress, remotePort: clientPort, localAddress, localPort };
  }

  #forwardedClient(): ForwardedClient {
    const { sid, clientAddress: address, clientPort: port, localAddress, localPort } = this.#record;
    return { sid, address, port, localAddress, localPort, hopsLeft: this.#task.hopsLeft };
  }
}

const OVER: State = { is: "over" };

/** What the client hears of a login for which no store was asked. */
const NOT_ASKED: Ending = { failure: "unavailable", alerts: [] };
const NOTHING_SAID: ClientId = new Map();
