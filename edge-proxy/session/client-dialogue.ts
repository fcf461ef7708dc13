import { type EndReason, noteFailure, type SessionRecord } from "../observe/session-record.ts";
import type {
  Alert,
  Channel,
  CloseReason,
  Credentials,
  Front,
  FrontAction,
  LoginFailure,
  StoreOutcome,
} from "../protocol/dialogue.ts";
import type { Timed } from "../timer-wheel.ts";
import type { ClientCertificate, Connection } from "../transport/transport.ts";
import { fingerprintOf } from "../x509/fingerprint.ts";
import {
  type DialogueState,
  dialogue,
  handshake,
  type LoggingIn,
  loggingIn,
  loginFailed,
  OVER,
} from "./dialogue-state.ts";
import type { Holder } from "./held-bytes.ts";
import { Login } from "./login.ts";
import type { LoginOwner, SessionPlaces } from "./login-owner.ts";
import { denialOf, type SessionServices } from "./services.ts";
import type { StoreLogin } from "./store-login.ts";
import { certificateHere, vouchedServices } from "./vouched-domain.ts";

/** What a client may send while its login is under way, in bytes; the rest waits in the network. */
const PIPELINED_BYTES = 16_384;
/** What every client may leave unread before login, on either side, in bytes, without being counted. */
const UNCOUNTED_BYTES = 2048;
/** Largest piece that a front is given at once: answers may be many times longer than what asks for them. */
const PIECE_BYTES = 16_384;

/** Who is told how a dialogue ended: the session. */
export interface DialogueOwner {
  loggedIn(handover: Handover): void;
  /** The client has heard why, or knows. */
  hungUp(reason: EndReason): void;
  /** What is queued for the client is not worth waiting for. */
  abandoned(reason: EndReason): void;
}

/** What the relay goes on from. */
export interface Handover {
  readonly store: StoreLogin;
  readonly places: SessionPlaces;
  /** What the client hears. */
  readonly answer: readonly FrontAction[];
  /** What it sent behind its login. */
  readonly fromClient: Uint8Array;
  readonly clientEnded: boolean;
  readonly clientPaused: boolean;
}

/** A client from its connection until the store lets it in: TLS, greeting, commands, logins. Ends once. */
export class ClientDialogue implements Timed, LoginOwner, Holder {
  due = -1;
  #services: SessionServices;
  readonly #client: Connection;
  readonly #record: SessionRecord;
  /** The client only hears this, in place of the greeting. */
  readonly #refusal: CloseReason | undefined;
  readonly #owner: DialogueOwner;
  #state: DialogueState;

  constructor(
    services: SessionServices,
    client: Connection,
    record: SessionRecord,
    refusal: CloseReason | undefined,
    owner: DialogueOwner,
  ) {
    this.#services = services;
    this.#client = client;
    this.#record = record;
    this.#refusal = refusal;
    this.#owner = owner;
    this.#state = { is: "handshake", front: services.createFront() };
    record.virtualDomain = services.policy.virtualDomain;
    services.wheel.set(this, services.limits.loginSeconds);
  }

  greetInClear(): void {
    if (this.#state.is !== "handshake") return;
    const { front } = this.#state;
    this.#state = dialogue(this.#state, undefined);
    this.#open(front, "clear");
  }

  secured(): void {
    if (this.#state.is !== "handshake") return;
    const certificate = this.#client.clientCertificate;
    this.#record.tls = this.#client.tlsVersion;
    this.#record.certificate = certificate && fingerprintOf(certificate.der);
    const domain = this.#domainByName();
    if (domain !== undefined) {
      this.#services = domain;
      this.#record.virtualDomain = domain.policy.virtualDomain;
      if (this.#isDenied(domain)) return;
    }
    const front = domain?.createFront() ?? this.#state.front;
    this.#state = dialogue(this.#state, certificate, front);
    const channel = certificate === undefined ? "tls" : "tls-with-certificate";
    if (this.#services.implicitTls) this.#open(front, channel);
    else this.#run(front.secured(channel));
  }

  #open(front: Front, channel: Channel): void {
    if (this.#refusal === undefined) this.#run(front.open(channel));
    else this.hangUp(this.#refusal);
  }

  data(bytes: Uint8Array): void {
    if (this.#state.is === "login") {
      this.#state.pipelinedBytes += bytes.length;
      if (this.#state.pipelinedBytes > PIPELINED_BYTES) this.#client.pause();
    }
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const state = this.#state;
      if (state.is === "over") return;
      const piece = bytes.length <= PIECE_BYTES ? bytes : bytes.subarray(at, at + PIECE_BYTES);
      this.#run(state.front.receive(piece));
      this.hold();
    }
  }

  /** The client has said all it has to say. */
  ended(): void {
    const state = this.#state;
    if (state.is === "over") return;
    // Who waits for a hold to end has nobody to wait for any more.
    if (state.is === "login" && !state.login.isHeld) {
      state.clientEnded = true;
      return;
    }
    this.cancel();
    this.#owner.hungUp("client-closed");
  }

  expire(): void {
    this.hangUp("login-timeout");
  }

  delayed(seconds: number): void {
    const { wheel, limits } = this.#services;
    if (this.#state.is === "login") wheel.set(this, seconds + limits.loginSeconds);
  }

  /** Its login waits for a hold to end. */
  get isHeld(): boolean {
    return this.#state.is === "login" && this.#state.login.isHeld;
  }

  /** Has a login in progress leave its store and begin anew; false where there is none that can. */
  retract(): boolean {
    return this.#state.is === "login" && this.#state.login.retract();
  }

  challenge(message: string): void {
    if (this.#state.is === "login") this.#run(this.#state.front.challenge(message));
  }

  /** The client may try again. */
  loginFailed(failure: LoginFailure, alerts: readonly Alert[]): void {
    const state = this.#state;
    if (state.is !== "login") return;
    this.#services.counts.failed(this.#record.store);
    this.#state = loginFailed(state);
    if (isPaused(state)) this.#client.resume();
    this.#run(state.front.answer({ ok: false, failure, alerts }));
    this.hold();
    if (state.clientEnded) this.ended();
  }

  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin, places: SessionPlaces): void {
    const state = this.#state;
    if (state.is !== "login") {
      leaveAll(places);
      return store.connection.destroy();
    }
    this.#services.counts.loggedIn(this.#record.store);
    const fromClient = state.front.rest();
    const answer = state.front.answer(outcome);
    this.#end();
    this.#owner.loggedIn({
      store,
      places,
      answer,
      fromClient,
      clientEnded: state.clientEnded,
      clientPaused: isPaused(state),
    });
  }

  recount(): number {
    if (this.#state.is === "over") return 0;
    return Math.max(0, this.#state.front.heldBytes + this.#client.queuedBytes - UNCOUNTED_BYTES);
  }

  giveUp(): void {
    // A client that does not read would only keep a last word waiting.
    if (this.#client.queuedBytes === 0) return this.hangUp("sent-too-much");
    this.cancel();
    this.#owner.abandoned("sent-too-much");
  }

  /** Counts what the client has sent and nobody has taken, and what it was answered and has not taken. */
  hold(): void {
    const { loginBudget } = this.#services;
    if (this.recount() > 0) loginBudget.hold(this);
    else loginBudget.release(this);
  }

  /** Says why, and ends. */
  hangUp(reason: CloseReason): void {
    const state = this.#state;
    if (state.is === "over") return;
    if (reason !== "logout" && state.is !== "handshake") this.#client.write(state.front.farewell(reason));
    this.cancel();
    this.#owner.hungUp(reason);
  }

  /** Ends without a word and without a report. */
  cancel(): void {
    if (this.#state.is === "login") this.#state.login.cancel();
    this.#end();
  }

  #end(): void {
    this.#state = OVER;
    this.#services.wheel.clear(this);
    this.hold();
  }

  #run(actions: FrontAction[]): void {
    for (const action of actions) {
      switch (action.do) {
        case "write":
          this.#client.write(action.bytes);
          break;
        case "startTls":
          if (this.#state.is === "dialogue") this.#state = handshake(this.#state);
          this.#client.startTls();
          break;
        case "identify":
          if (this.#state.is === "dialogue") this.#state.introduction = action.client;
          break;
        case "login":
          this.#logIn(action.credentials);
          break;
        case "respond":
          if (this.#state.is === "login") this.#state.login.respond(action.message);
          break;
        case "close":
          this.hangUp(action.reason);
          break;
        default:
          action satisfies never;
      }
    }
  }

  #logIn(credentials: Credentials): void {
    if (this.#state.is !== "dialogue") return;
    const { introduction, certificate: shown } = this.#state;
    const services = this.#servicesFor(credentials, shown);
    if (services === undefined) return;
    const certificate = certificateHere(services, shown);
    const login = new Login(services, this, this.#record, { credentials, introduction, certificate });
    this.#state = loggingIn(this.#state, login);
    login.start();
  }

  /** Those of the domain whose CA vouches, for a login by certificate; undefined where the client may not come in there. */
  #servicesFor(
    { kind }: Credentials,
    certificate: ClientCertificate | undefined,
  ): SessionServices | undefined {
    const services = kind === "external" ? vouchedServices(this.#services, certificate) : this.#services;
    this.#record.virtualDomain = services.policy.virtualDomain;
    return services !== this.#services && this.#isDenied(services) ? undefined : services;
  }

  /** Hangs up where the access rules of a virtual domain keep the client out. */
  #isDenied(services: SessionServices): boolean {
    const denial = denialOf(services, this.#record.clientAddress, true);
    if (denial === undefined) return false;
    const failure = { code: "access-denied", detail: denial } as const;
    noteFailure(this.#record, failure);
    services.metrics.loginFailed(this.#record, failure);
    this.cancel();
    this.#owner.hungUp("access-denied");
    return true;
  }

  /** The services of the virtual domain that the client named by SNI; undefined where it named none. */
  #domainByName(): SessionServices | undefined {
    const { forArrival } = this.#services;
    const serverName = forArrival && this.#client.serverName;
    if (serverName === undefined) return undefined;
    const { localAddress, localPort } = this.#record;
    return forArrival?.({ localAddress, localPort, serverName });
  }
}

const isPaused = ({ pipelinedBytes }: LoggingIn): boolean => pipelinedBytes > PIPELINED_BYTES;

export function leaveAll({ store, user }: SessionPlaces): void {
  store.leave();
  user.leave();
}
