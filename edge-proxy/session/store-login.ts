import type { LoginFailureCode } from "../observe/session-record.ts";
import type { Back, BackAction, LoginFailure, Progress, StoreOutcome } from "../protocol/dialogue.ts";
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
import type { StoreTarget } from "./store-targets.ts";

/** Time-outs of one login at a store, in seconds. */
export interface StoreLimits {
  connectSeconds: number;
  bannerSeconds: number;
  storeLoginSeconds: number;
}

/** What a failed attempt means, for the client and for the operator. */
export interface StoreFault {
  failure: LoginFailure;
  code: LoginFailureCode;
  progress: Progress;
  detail: string;
}

export interface StoreLoginOptions {
  transport: Transport;
  wheel: TimerWheel;
  limits: StoreLimits;
  target: StoreTarget;
  /** Where the client has connected to: what is there is no store, but the edge itself. */
  entrance: Pick<Addresses, "localAddress" | "localPort">;
  /** Sent before anything else. */
  preface: Uint8Array | undefined;
  back: Back;
  onChallenge(message: Octets): void;
  onSuccess(outcome: StoreOutcome & { ok: true }): void;
  onFault(fault: StoreFault): void;
}

/** One attempt to log in at one store: from the connection to the store's answer. Reports once. */
export class StoreLogin implements ConnectReceiver, Timed {
  due = -1;
  readonly connection: Connection;
  readonly #options: StoreLoginOptions;
  #over = false;
  #tcpUp = false;
  #secured = false;

  constructor(options: StoreLoginOptions) {
    this.#options = options;
    const { target, wheel, limits, transport, preface } = options;
    wheel.set(this, limits.connectSeconds);
    this.connection = transport.connect(
      {
        host: target.host,
        port: target.port,
        implicitTls: target.implicitTls,
        ...(preface === undefined ? {} : { preface }),
        ...(target.tls === undefined ? {} : { tls: target.tls }),
      },
      this,
    );
  }

  /** Bytes of the store behind its answer: they are the client's. */
  rest(): Uint8Array {
    return this.#options.back.rest();
  }

  /** The client's next message of an exchange. */
  respond(message: SecretOctets | undefined): void {
    this.#run(this.#options.back.respond(message));
  }

  /** Gives up without a report. */
  cancel(): void {
    if (this.#over) return;
    this.#finish();
    this.connection.destroy();
  }

  connected(): void {
    this.#tcpUp = true;
    if (this.#isEntrance()) {
      this.#fault("unavailable", "proxy-loop", "the client has connected to the same address and port");
    } else if (!this.#options.target.implicitTls) this.#awaitBanner();
  }

  secured(): void {
    this.#secured = true;
    if (this.#options.target.implicitTls) this.#awaitBanner();
    else {
      this.#options.wheel.set(this, this.#options.limits.storeLoginSeconds);
      this.#run(this.#options.back.secured());
    }
  }

  data(bytes: Uint8Array): void {
    if (!this.#over) this.#run(this.#options.back.receive(bytes));
  }

  drained(): void {}

  ended(): void {
    this.#fault("store-down", "store-closed", "the store closed the connection");
  }

  closed(error?: TransportError): void {
    if (error?.code === "tls") this.#fault("store-down", "store-tls", error.detail);
    else if (this.#tcpUp)
      this.#fault("store-down", "store-closed", error?.detail ?? "the store closed the connection");
    else this.#fault("store-down", "store-connect", error?.detail ?? "no connection");
  }

  expire(): void {
    this.#fault("store-down", "store-timeout", "the store did not answer in time");
  }

  /** Each login would begin another one, until no connection is left. */
  #isEntrance(): boolean {
    const { target, entrance } = this.#options;
    return (
      target.port === entrance.localPort &&
      plainAddress(this.connection.remoteAddress) === entrance.localAddress
    );
  }

  #awaitBanner(): void {
    this.#options.wheel.set(this, this.#options.limits.bannerSeconds);
  }

  #run(actions: BackAction[]): void {
    let turn = false;
    for (const action of actions) {
      if (this.#over) return;
      switch (action.do) {
        case "write":
          this.connection.write(action.bytes);
          turn = true;
          break;
        case "startTls":
          this.#options.wheel.set(this, this.#options.limits.connectSeconds);
          this.connection.startTls();
          break;
        case "challenge":
          turn = true;
          this.#options.onChallenge(action.message);
          break;
        case "outcome":
          this.#settle(action.outcome);
          break;
        default:
          action satisfies never;
      }
    }
    // Whatever else the store sends gives it no more time.
    if (turn && !this.#over && this.#options.back.progress === "auth") {
      this.#options.wheel.set(this, this.#options.limits.storeLoginSeconds);
    }
  }

  #settle(outcome: StoreOutcome): void {
    if (outcome.ok) {
      this.#finish();
      this.#options.onSuccess(outcome);
    } else this.#fault(outcome.failure, `store-${outcome.code}`, outcome.detail);
  }

  #fault(failure: LoginFailure, code: LoginFailureCode, detail: string): void {
    if (this.#over) return;
    const progress = this.#progress();
    this.#finish();
    this.connection.destroy();
    this.#options.onFault({ failure, code, progress, detail });
  }

  /** The back knows nothing of the connection below it. */
  #progress(): Progress {
    const { back, target } = this.#options;
    return this.#tcpUp && target.implicitTls && !this.#secured ? "tls" : back.progress;
  }

  #finish(): void {
    this.#over = true;
    this.#options.wheel.clear(this);
  }
}
