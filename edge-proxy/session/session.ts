import type { Place } from "../guard/tally.ts";
import { type EndReason, newRecord, noteFailure, type SessionRecord } from "../observe/session-record.ts";
import type { LiveSession } from "../observe/session-registry.ts";
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
import type { Addresses, Connection, Receiver, TransportError } from "../transport/transport.ts";
import { fingerprintOf } from "../x509/fingerprint.ts";
import type { Holder } from "./held-bytes.ts";
import { Login, type LoginOwner, type SessionPlaces } from "./login.ts";
import { type RelayOwner, startRelay } from "./relay.ts";
import { denialOf, type SessionServices } from "./services.ts";
import {
  CLOSED,
  closing,
  dialogue,
  handshake,
  isPreLogin,
  type LoggingIn,
  loggingIn,
  loginFailed,
  type PreLogin,
  relaying,
  type SessionState,
} from "./session-state.ts";
import type { StoreLogin } from "./store-login.ts";

/** How long a client may take to close after the edge's last word, in seconds. */
const FAREWELL_SECONDS = 2;
/** What a client may send while its login is under way, in bytes; the rest waits in the network. */
const PIPELINED_BYTES = 16_384;
/** What every client may leave unread before login, on either side, in bytes, without being counted. */
const UNCOUNTED_BYTES = 2048;
/** Largest piece that a front is given at once: answers may be many times longer than what asks for them. */
const PIECE_BYTES = 16_384;

/** What a connection was given when it came. */
export interface Admitted {
  /** Among its client's connections. */
  place: Place;
  /** It only hears this, in place of the greeting. */
  refusal?: CloseReason;
}

/** A client's connection from accept to close. Knows no protocol and no runtime. `addresses` are the client's own. */
export function startSession(
  services: SessionServices,
  client: Connection,
  addresses: Addresses,
  admitted: Admitted,
): LiveSession & { receiver: Receiver } {
  const record = newRecord(services.instance, services.protocol, addresses);
  const session = new Session(services, client, record, admitted);
  if (!services.implicitTls) session.greetInClear();
  return session;
}

class Session implements Receiver, Timed, LiveSession, LoginOwner, RelayOwner, Holder {
  due = -1;
  readonly receiver: Receiver = this;
  #services: SessionServices;
  readonly #client: Connection;
  readonly #record: SessionRecord;
  readonly #admitted: Admitted;
  #state: SessionState;

  constructor(services: SessionServices, client: Connection, record: SessionRecord, admitted: Admitted) {
    this.#services = services;
    this.#admitted = admitted;
    this.#client = client;
    this.#record = record;
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
      const denial = denialOf(domain, this.#record.clientAddress, true);
      if (denial !== undefined) {
        noteFailure(this.#record, { code: "access-denied", detail: denial });
        return this.#close(this.#state, "access-denied");
      }
    }
    const front = domain?.createFront() ?? this.#state.front;
    this.#state = dialogue(this.#state, certificate, front);
    const channel = certificate === undefined ? "tls" : "tls-with-certificate";
    if (this.#services.implicitTls) this.#open(front, channel);
    else this.#run(front.secured(channel));
  }

  #open(front: Front, channel: Channel): void {
    const { refusal } = this.#admitted;
    if (refusal === undefined) this.#run(front.open(channel));
    else this.#hangUp(refusal);
  }

  data(bytes: Uint8Array): void {
    this.#record.bytesFromClient += bytes.length;
    if (this.#state.is === "login") {
      this.#state.pipelinedBytes += bytes.length;
      if (this.#state.pipelinedBytes > PIPELINED_BYTES) this.#client.pause();
    }
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const state = this.#state;
      if (!isPreLogin(state)) return;
      this.#run(state.front.receive(bytes.subarray(at, at + PIECE_BYTES)));
      this.#hold();
    }
  }

  drained(): void {
    this.#hold();
  }

  ended(): void {
    const state = this.#state;
    if (state.is === "login") state.clientEnded = true;
    else if (isPreLogin(state)) this.#close(state, "client-closed");
  }

  closed(error?: TransportError): void {
    const lost = error === undefined ? "client-closed" : error.code === "tls" ? "tls-failed" : "client-lost";
    this.#finish(this.#state.is === "closing" ? this.#state.reason : lost);
  }

  expire(): void {
    if (this.#state.is === "closing") this.#client.destroy();
    else this.#hangUp("login-timeout");
  }

  stop(reason: "draining" | "stopped"): void {
    const state = this.#state;
    switch (state.is) {
      case "handshake":
      case "dialogue":
      case "login":
        return reason === "draining" ? this.#hangUp(reason) : this.#abandon(state, reason);
      case "relay":
        return reason === "draining" ? state.relay.drain() : state.relay.stop(reason);
      case "closing":
        return this.#client.destroy();
      case "closed":
        return;
      default:
        state satisfies never;
    }
  }

  delayed(seconds: number): void {
    const { wheel, limits } = this.#services;
    if (this.#state.is === "login") wheel.set(this, seconds + limits.loginSeconds);
  }

  challenge(message: string): void {
    if (this.#state.is === "login") this.#run(this.#state.front.challenge(message));
  }

  /** The client may try again. */
  loginFailed(failure: LoginFailure, alerts: readonly Alert[]): void {
    const state = this.#state;
    if (state.is !== "login") return;
    this.#state = loginFailed(state);
    this.#unpause(state);
    this.#run(state.front.answer({ ok: false, failure, alerts }));
    this.#hold();
    if (state.clientEnded) this.ended();
  }

  /** The store let the user in: from here on both sides talk to each other. */
  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin, places: SessionPlaces): void {
    const state = this.#state;
    if (state.is !== "login") {
      leaveAll(places);
      return store.connection.destroy();
    }
    const fromStore = store.rest();
    const fromClient = state.front.rest();
    const answer = state.front.answer(outcome);
    const { wheel, relay, createStream } = this.#services;
    wheel.clear(this);
    const stream = createStream?.();
    this.#state = relaying(
      state,
      startRelay(this.#client, store.connection, stream, this.#record, relay, this),
      places,
    );
    this.#hold();
    stream?.feed(fromStore);
    for (const action of answer) {
      if (action.do === "write") this.#client.write(joined(action.bytes, fromStore));
    }
    this.#record.bytesFromStore += fromStore.length;
    if (fromClient.length > 0) store.connection.write(fromClient);
    this.#unpause(state);
    if (state.clientEnded) store.connection.end();
  }

  endDelaySeconds(): number {
    return this.#state.is === "relay" ? this.#state.places.store.endDelaySeconds() : 0;
  }

  relayEnded(reason: EndReason): void {
    this.#finish(reason);
  }

  recount(): number {
    if (!isPreLogin(this.#state)) return 0;
    return Math.max(0, this.#state.front.heldBytes + this.#client.queuedBytes - UNCOUNTED_BYTES);
  }

  giveUp(): void {
    const state = this.#state;
    // A client that does not read would only keep a last word waiting.
    if (this.#client.queuedBytes > 0 && isPreLogin(state)) this.#abandon(state, "sent-too-much");
    else this.#hangUp("sent-too-much");
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
          this.#hangUp(action.reason);
          break;
        default:
          action satisfies never;
      }
    }
  }

  #logIn(credentials: Credentials): void {
    if (this.#state.is !== "dialogue") return;
    const { introduction, certificate } = this.#state;
    const login = new Login(this.#services, this, this.#record, { credentials, introduction, certificate });
    this.#state = loggingIn(this.#state, login);
    login.start();
  }

  /** The services of the virtual domain that the client named by SNI; undefined where it named none. */
  #domainByName(): SessionServices | undefined {
    const { serverName } = this.#client;
    const { localAddress, localPort } = this.#record;
    if (serverName === undefined) return undefined;
    return this.#services.forArrival?.({ localAddress, localPort, serverName });
  }

  /** Counts what the client has sent and nobody has taken, and what it was answered and has not taken. */
  #hold(): void {
    const { loginBudget } = this.#services;
    if (this.recount() > 0) loginBudget.hold(this);
    else loginBudget.release(this);
  }

  #unpause({ pipelinedBytes }: LoggingIn): void {
    if (pipelinedBytes > PIPELINED_BYTES) this.#client.resume();
  }

  /** Says why, and closes. */
  #hangUp(reason: CloseReason): void {
    const state = this.#state;
    if (!isPreLogin(state)) return;
    if (reason !== "logout" && state.is !== "handshake") this.#client.write(state.front.farewell(reason));
    this.#close(state, reason);
  }

  #close(from: PreLogin, reason: EndReason): void {
    this.#leave(from, reason);
    this.#services.wheel.set(this, FAREWELL_SECONDS);
    this.#client.end();
  }

  /** Closes without a word; what is queued is lost. */
  #abandon(from: PreLogin, reason: EndReason): void {
    this.#leave(from, reason);
    this.#client.destroy();
  }

  #leave(from: PreLogin, reason: EndReason): void {
    if (from.is === "login") from.login.cancel();
    this.#state = closing(from, reason);
    this.#hold();
  }

  #finish(reason: EndReason): void {
    const state = this.#state;
    if (state.is === "closed") return;
    if (state.is === "login") state.login.cancel();
    if (state.is === "relay") leaveAll(state.places);
    this.#admitted.place.leave();
    this.#state = CLOSED;
    this.#services.wheel.clear(this);
    this.#hold();
    this.#services.onEnd(this, this.#record, reason);
  }
}

function leaveAll({ store, user }: SessionPlaces): void {
  store.leave();
  user.leave();
}

const joined = (first: Uint8Array, second: Uint8Array): Uint8Array =>
  second.length === 0 ? first : Buffer.concat([first, second]);
