import { type EndReason, newRecord, noteFailure, type SessionRecord } from "../observe/session-record.ts";
import type { LiveSession } from "../observe/session-registry.ts";
import type {
  Channel,
  ClientIntroduction,
  CloseReason,
  Front,
  FrontAction,
  LoginFailure,
  StoreOutcome,
} from "../protocol/dialogue.ts";
import type { Timed } from "../timer-wheel.ts";
import type {
  Addresses,
  ClientCertificate,
  Connection,
  Receiver,
  TransportError,
} from "../transport/transport.ts";
import { fingerprintOf } from "../x509/fingerprint.ts";
import type { Holder } from "./held-bytes.ts";
import { Login } from "./login.ts";
import type { LoginOwner } from "./login-services.ts";
import { type Relay, startRelay } from "./relay.ts";
import { denialOf, type SessionServices } from "./services.ts";
import type { StoreLogin } from "./store-login.ts";

/** How long a client may take to close after the edge's last word, in seconds. */
const FAREWELL_SECONDS = 2;
/** What a client may send while its login is under way, in bytes; the rest waits in the network. */
const PIPELINED_BYTES = 16_384;
/** What every client may leave unread before login, on either side, in bytes, without being counted. */
const UNCOUNTED_BYTES = 2048;
/** Largest piece that a front is given at once: answers may be many times longer than what asks for them. */
const PIECE_BYTES = 16_384;

/** A client's connection from accept to close. Knows no protocol and no runtime. `addresses` are the client's own. */
export function startSession(
  services: SessionServices,
  client: Connection,
  addresses: Addresses,
): LiveSession & { receiver: Receiver } {
  const session = new Session(services, client, newRecord(services.instance, services.protocol, addresses));
  if (!services.implicitTls) session.greet("clear");
  return session;
}

/** Where a session stands. */
type Phase = "handshake" | "dialogue" | "login" | "relay" | "closing" | "closed";

class Session implements Receiver, Timed, LiveSession, LoginOwner, Holder {
  due = -1;
  readonly receiver: Receiver = this;
  #services: SessionServices;
  readonly #client: Connection;
  readonly #record: SessionRecord;
  #phase: Phase = "handshake";
  #front: Front | undefined;
  #login: Login | undefined;
  #clientEnded = false;
  #pipelined = 0;
  #holding = false;
  #introduction: ClientIntroduction | undefined;
  #certificate: ClientCertificate | undefined;
  #relay: Relay | undefined;
  #reason: EndReason | undefined;

  constructor(services: SessionServices, client: Connection, record: SessionRecord) {
    this.#services = services;
    this.#client = client;
    this.#record = record;
    record.virtualDomain = services.policy.virtualDomain;
    this.#front = services.createFront();
    services.wheel.set(this, services.limits.loginSeconds);
  }

  greet(channel: Channel): void {
    this.#phase = "dialogue";
    this.#run(this.#front?.open(channel) ?? []);
  }

  secured(): void {
    this.#record.tls = this.#client.tlsVersion;
    const certificate = this.#client.clientCertificate;
    this.#certificate = certificate;
    this.#record.certificate = certificate && fingerprintOf(certificate.der);
    const channel = certificate === undefined ? "tls" : "tls-with-certificate";
    if (this.#services.forArrival !== undefined && !this.#enterDomain(this.#services.forArrival)) return;
    if (this.#services.implicitTls) return this.greet(channel);
    this.#phase = "dialogue";
    // What came in clear may have been somebody else's word.
    this.#introduction = undefined;
    this.#run(this.#front?.secured(channel) ?? []);
  }

  /** Goes over to the domain of the name that the client asked for by SNI; false where it may not come in there. */
  #enterDomain(forArrival: NonNullable<SessionServices["forArrival"]>): boolean {
    const record = this.#record;
    const { serverName } = this.#client;
    const found =
      serverName === undefined
        ? undefined
        : forArrival({ localAddress: record.localAddress, localPort: record.localPort, serverName });
    if (found === undefined) return true;
    this.#services = found;
    record.virtualDomain = found.policy.virtualDomain;
    this.#front = found.createFront();
    const denial = denialOf(found, record.clientAddress, true);
    if (denial === undefined) return true;
    noteFailure(record, { code: "access-denied", detail: denial });
    this.#close("access-denied");
    return false;
  }

  data(bytes: Uint8Array): void {
    this.#record.bytesFromClient += bytes.length;
    if (this.#front === undefined || this.#phase === "closing") return;
    if (this.#login !== undefined) {
      this.#pipelined += bytes.length;
      if (this.#pipelined > PIPELINED_BYTES) this.#client.pause();
    }
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      this.#run(this.#front?.receive(bytes.subarray(at, at + PIECE_BYTES)) ?? []);
      this.#hold();
    }
  }

  drained(): void {
    this.#hold();
  }

  ended(): void {
    // A client may say all it has to say and still wait for the answers.
    this.#clientEnded = true;
    if (this.#login === undefined) this.#close("client-closed");
  }

  closed(error?: TransportError): void {
    const lost = error === undefined ? "client-closed" : error.code === "tls" ? "tls-failed" : "client-lost";
    this.#finish(this.#reason ?? lost);
  }

  expire(): void {
    if (this.#phase === "closing") this.#client.destroy();
    else this.#hangUp("login-timeout");
  }

  stop(reason: "draining" | "stopped"): void {
    if (this.#relay !== undefined) {
      if (reason === "draining") this.#relay.drain();
      else this.#relay.stop(reason);
    } else if (reason === "draining" && this.#phase !== "closing") this.#hangUp(reason);
    else this.#client.destroy();
  }

  #run(actions: FrontAction[]): void {
    for (const action of actions) {
      switch (action.do) {
        case "write":
          this.#client.write(action.bytes);
          break;
        case "startTls":
          this.#phase = "handshake";
          this.#client.startTls();
          break;
        case "identify":
          this.#introduction = action.client;
          break;
        case "login":
          this.#phase = "login";
          this.#login = new Login(this.#services, this, this.#record, {
            credentials: action.credentials,
            introduction: this.#introduction,
            certificate: this.#certificate,
          });
          this.#login.start();
          break;
        case "respond":
          this.#login?.respond(action.message);
          break;
        case "close":
          this.#hangUp(action.reason);
          break;
        default:
          action satisfies never;
      }
    }
  }

  challenge(message: string): void {
    this.#run(this.#front?.challenge(message) ?? []);
  }

  /** The login came to nothing; the client may try again. */
  loginFailed(failure: LoginFailure): void {
    this.#login = undefined;
    this.#phase = "dialogue";
    this.#unpause();
    this.#run(this.#front?.answer({ ok: false, failure }) ?? []);
    this.#hold();
    if (this.#clientEnded && this.#login === undefined) this.#close("client-closed");
  }

  /** The store let the user in: from here on both sides talk to each other. */
  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin): void {
    const front = this.#front;
    if (front === undefined) return store.connection.destroy();
    const fromStore = store.rest();
    const fromClient = front.rest();
    const answer = front.answer(outcome);
    const { wheel, relay, createStream } = this.#services;
    wheel.clear(this);
    this.#front = undefined;
    this.#hold();
    this.#login = undefined;
    this.#introduction = undefined;
    this.#certificate = undefined;
    this.#phase = "relay";
    const stream = createStream?.();
    this.#relay = startRelay(this.#client, store.connection, stream, this.#record, relay, this);
    stream?.feed(fromStore);
    for (const action of answer) {
      if (action.do === "write") this.#client.write(joined(action.bytes, fromStore));
    }
    this.#record.bytesFromStore += fromStore.length;
    if (fromClient.length > 0) store.connection.write(fromClient);
    this.#unpause();
    if (this.#clientEnded) store.connection.end();
  }

  relayEnded(reason: EndReason): void {
    this.#finish(reason);
  }

  recount(): number {
    if (this.#front === undefined) return 0;
    return Math.max(0, this.#front.heldBytes + this.#client.queuedBytes - UNCOUNTED_BYTES);
  }

  giveUp(): void {
    if (this.#client.queuedBytes === 0) return this.#hangUp("sent-too-much");
    // It does not read: a last word would only keep the rest waiting.
    this.#reason ??= "sent-too-much";
    this.#client.destroy();
  }

  /** Counts what the client has sent and nobody has taken, and what it was answered and has not taken. */
  #hold(): void {
    const { loginBudget } = this.#services;
    if (this.recount() > 0) {
      this.#holding = true;
      loginBudget.hold(this);
    } else if (this.#holding) {
      this.#holding = false;
      loginBudget.release(this);
    }
  }

  #unpause(): void {
    if (this.#pipelined > PIPELINED_BYTES) this.#client.resume();
    this.#pipelined = 0;
  }

  /** Says why, and closes. */
  #hangUp(reason: CloseReason): void {
    if (this.#phase === "closing" || this.#phase === "closed") return;
    if (reason !== "logout" && this.#phase !== "handshake" && this.#front !== undefined) {
      this.#client.write(this.#front.farewell(reason));
    }
    this.#close(reason);
  }

  #close(reason: EndReason): void {
    this.#reason ??= reason;
    this.#phase = "closing";
    this.#login?.cancel();
    this.#login = undefined;
    this.#front = undefined;
    this.#hold();
    this.#services.wheel.set(this, FAREWELL_SECONDS);
    this.#client.end();
  }

  #finish(reason: EndReason): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#services.wheel.clear(this);
    this.#login?.cancel();
    this.#login = undefined;
    this.#front = undefined;
    this.#hold();
    this.#services.onEnd(this, this.#record, reason);
  }
}

const joined = (first: Uint8Array, second: Uint8Array): Uint8Array =>
  second.length === 0 ? first : Buffer.concat([first, second]);
