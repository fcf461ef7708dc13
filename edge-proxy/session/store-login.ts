import type { HostFault } from "../guard/breaker.ts";
import type { LoginFailureCode, LoginTimes } from "../observe/session-record.ts";
import type {
  Alert,
  Back,
  BackAction,
  LoginFailure,
  Progress,
  StoreEnd,
  StoreOutcome,
} from "../protocol/dialogue.ts";
import type { Octets, SecretOctets } from "../protocol/octets.ts";
import type { Timed, TimerWheel } from "../timer-wheel.ts";
import { plainAddress } from "../transport/ip-address.ts";
import type {
  Addresses,
  Connection,
  ConnectReceiver,
  Transport,
  TransportError,
} from "../transport/transport.ts";
import { implicitTlsDetail, type StoreLoginState, timeoutDetail } from "./store-login-state.ts";
import type { StoreTarget } from "./store-targets.ts";

/** Time-outs of one login at a store, in seconds. */
export interface StoreLimits {
  connectSeconds: number;
  bannerSeconds: number;
  storeLoginSeconds: number;
}

/** Why an attempt failed, for the client and for the operator. */
export interface StoreFault {
  failure: LoginFailure;
  code: LoginFailureCode;
  progress: Progress;
  detail: string;
  /** What the store wants the user to read. */
  alerts: readonly Alert[];
  /** What it says of the host's health. */
  health: HostHealth;
}

/** The host serves, has failed in a way that counts, or nothing is known: it may have been the client's doing. */
export type HostHealth = "serves" | HostFault | "unknown";

export interface StoreLoginOptions {
  transport: Transport;
  wheel: TimerWheel;
  limits: StoreLimits;
  target: Omit<StoreTarget, "guard" | "proofTimes">;
  /** Where the client has connected to: what answers there is no store, but the edge itself. */
  entrance: Pick<Addresses, "localAddress" | "localPort">;
  /** Sent before anything else. */
  preface: Uint8Array | undefined;
}

/** The steps of an attempt, as the session's record has them. */
export type StoreLoginTimes = Pick<LoginTimes, "connectMs" | "tlsMs" | "authMs">;

/** Who is told what the store says. */
export interface StoreLoginOwner {
  /** The store asks the client something. */
  challenge(message: Octets): void;
  loggedIn(outcome: StoreOutcome & { ok: true }): void;
  failed(fault: StoreFault): void;
}

/** One attempt to log in at one store: from the connection to the store's answer. Reports once. */
export class StoreLogin implements ConnectReceiver, Timed {
  due = -1;
  readonly connection: Connection;
  readonly #options: StoreLoginOptions;
  readonly #back: Back;
  readonly #owner: StoreLoginOwner;
  readonly #startedMs = performance.now();
  #state: StoreLoginState = "connecting";
  #limitSeconds = 0;
  #connectMs = 0;
  #tlsStartedMs = 0;
  #tlsMs: number | undefined;

  constructor(options: StoreLoginOptions, back: Back, owner: StoreLoginOwner) {
    this.#options = options;
    this.#back = back;
    this.#owner = owner;
    const { target, transport, preface } = options;
    this.#expectWithin("connectSeconds");
    this.connection = transport.connect(preface === undefined ? target : { ...target, preface }, this);
  }

  /** How long its steps have taken so far. */
  get times(): StoreLoginTimes {
    const spentMs = performance.now() - this.#startedMs;
    const authMs = spentMs - this.#connectMs - (this.#tlsMs ?? 0);
    return { connectMs: this.#connectMs, tlsMs: this.#tlsMs, authMs };
  }

  /** Bytes of the store behind its answer: they are the client's. */
  rest(): Uint8Array {
    return this.#back.rest();
  }

  /** The client's next message of an exchange. */
  respond(message: SecretOctets | undefined): void {
    this.#run(this.#back.respond(message));
  }

  /** Gives up without a report. */
  cancel(): void {
    if (this.#state === "over") return;
    this.#finish();
    this.connection.destroy();
  }

  connected(): void {
    if (this.#state !== "connecting") return;
    this.#tlsStartedMs = performance.now();
    this.#connectMs = this.#tlsStartedMs - this.#startedMs;
    this.#state = this.#options.target.implicitTls ? "handshake" : "dialogue";
    if (this.#isEntrance()) {
      this.#fail("unavailable", "proxy-loop", "the client has connected to the same address and port");
    } else if (this.#state === "dialogue") this.#expectWithin("bannerSeconds");
  }

  secured(): void {
    const state = this.#state;
    if (state !== "handshake" && state !== "upgrade") return;
    this.#state = "dialogue";
    this.#tlsMs = performance.now() - this.#tlsStartedMs;
    if (state === "handshake") return this.#expectWithin("bannerSeconds");
    this.#expectWithin("storeLoginSeconds");
    this.#run(this.#back.secured());
  }

  data(bytes: Uint8Array): void {
    if (this.#state !== "over") this.#run(this.#back.receive(bytes));
  }

  drained(): void {}

  ended(): void {
    this.#end("closed", CLOSED);
  }

  closed(error?: TransportError): void {
    if (error?.code === "tls")
      this.#fail(
        "store-down",
        "store-tls",
        this.#state === "handshake" ? implicitTlsDetail(error.detail) : error.detail,
      );
    else if (this.#state === "connecting")
      this.#fail("store-down", "store-connect", error?.detail ?? "no connection");
    else this.#end("closed", error?.detail ?? CLOSED);
  }

  expire(): void {
    this.#end("timeout", timeoutDetail(this.#state, this.#back.progress, this.#limitSeconds));
  }

  /** The store says no more: what it has said may be enough. */
  #end(how: StoreEnd, detail: string): void {
    const outcome = this.#state === "dialogue" ? this.#back.ended(how) : undefined;
    if (outcome === undefined) this.#fail("store-down", `store-${how}`, detail);
    else this.#settle(outcome);
  }

  /** Each login would begin another one, until no connection is left. */
  #isEntrance(): boolean {
    const { target, entrance } = this.#options;
    return (
      target.port === entrance.localPort &&
      plainAddress(this.connection.remoteAddress) === entrance.localAddress
    );
  }

  #expectWithin(limit: keyof StoreLimits): void {
    const { wheel, limits } = this.#options;
    this.#limitSeconds = limits[limit];
    wheel.set(this, this.#limitSeconds);
  }

  #run(actions: BackAction[]): void {
    let turn = false;
    for (const action of actions) {
      if (this.#state === "over") return;
      switch (action.do) {
        case "write":
          this.connection.write(action.bytes);
          turn = true;
          break;
        case "startTls":
          this.#state = "upgrade";
          this.#tlsStartedMs = performance.now();
          this.#expectWithin("connectSeconds");
          this.connection.startTls();
          break;
        case "challenge":
          turn = true;
          this.#owner.challenge(action.message);
          break;
        case "outcome":
          this.#settle(action.outcome);
          break;
        default:
          action satisfies never;
      }
    }
    // Whatever else the store sends does not extend its time.
    if (turn && this.#state === "dialogue" && this.#back.progress === "auth") {
      this.#expectWithin("storeLoginSeconds");
    }
  }

  #settle(outcome: StoreOutcome): void {
    if (!outcome.ok)
      return this.#fail(outcome.failure, `store-${outcome.code}`, outcome.detail, outcome.alerts);
    this.#finish();
    this.#owner.loggedIn(outcome);
  }

  #fail(failure: LoginFailure, code: LoginFailureCode, detail: string, alerts: readonly Alert[] = []): void {
    const state = this.#state;
    if (state === "over") return;
    // The back knows nothing of TLS that comes before its dialogue.
    const progress = state === "handshake" ? "tls" : this.#back.progress;
    this.#finish();
    this.connection.destroy();
    const health = healthOf(state, code, progress);
    this.#owner.failed({ failure, code, progress, detail, alerts, health });
  }

  #finish(): void {
    this.#state = "over";
    this.#options.wheel.clear(this);
  }
}

/** What a client sends may have a store hang up or answer nonsense, so that counts only before the login was sent. */
function healthOf(state: StoreLoginState, code: LoginFailureCode, progress: Progress): HostHealth {
  if (code === "store-refused" || code === "store-moved") return "serves";
  if (state === "connecting") return "connect";
  if (code === "store-timeout" || code === "store-tls") return "later";
  const isBefore = progress !== "auth" && progress !== "done";
  return isBefore && (code === "store-closed" || code === "store-protocol") ? "later" : "unknown";
}

const CLOSED = "the store closed the connection";
