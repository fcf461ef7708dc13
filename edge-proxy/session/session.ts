import type { Place } from "../guard/tally.ts";
import { type EndReason, newRecord, type SessionRecord } from "../observe/session-record.ts";
import type { LiveSession, SessionStage } from "../observe/session-registry.ts";
import type { CloseReason } from "../protocol/dialogue.ts";
import type { Timed } from "../timer-wheel.ts";
import type { Addresses, Connection, Receiver, TransportError } from "../transport/transport.ts";
import { ClientDialogue, type DialogueOwner, type Handover, leaveAll } from "./client-dialogue.ts";
import { type RelayOwner, startRelay } from "./relay.ts";
import type { SessionServices } from "./services.ts";
import { CLOSED, closing, relaying, type SessionState } from "./session-state.ts";
import { tracedServices } from "./traced-services.ts";

/** How long a client may take to close after the edge's last word, in seconds. */
const FAREWELL_SECONDS = 2;

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
): LiveSession & Receiver {
  const record = newRecord(services.instance, services.protocol, addresses);
  services.metrics.started(record);
  const session = new Session(tracedServices(services, record), client, record, admitted);
  if (!services.implicitTls) session.greetInClear();
  return session;
}

/** How the runtimes call it that the other side went away during a handshake: that is not the fault of TLS. */
const GONE = /ECONNRESET|disconnected before/;

const isTlsFault = ({ code, detail }: TransportError): boolean => code === "tls" && !GONE.test(detail);

/**
 * The reason in the text of an OpenSSL or BoringSSL error, which for an alert of the client's is its name.
 *
 *     tlsReason("error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:…:918:SSL alert number 48")
 */
const tlsReason = (detail: string): string =>
  (/:SSL routines:[^:]*:([^:\n]+)/.exec(detail)?.[1] ?? detail).trim().replaceAll("_", " ").toLowerCase();

class Session implements Receiver, Timed, LiveSession, DialogueOwner, RelayOwner {
  due = -1;
  readonly #services: SessionServices;
  readonly #client: Connection;
  readonly record: SessionRecord;
  readonly #place: Place;
  #state: SessionState;

  constructor(services: SessionServices, client: Connection, record: SessionRecord, admitted: Admitted) {
    this.#services = services;
    this.#client = client;
    this.record = record;
    this.#place = admitted.place;
    const dialogue = new ClientDialogue(services, client, record, admitted.refusal, this);
    this.#state = { is: "before-login", dialogue };
  }

  get stage(): SessionStage {
    const { is } = this.#state;
    if (this.#state.is === "before-login") return this.#state.dialogue.isHeld ? "held" : "login";
    return is === "relay" ? "relay" : "closing";
  }

  get traffic(): LiveSession["traffic"] {
    const { bytesFromClient, bytesFromStore } = this.record;
    const relayed = this.#state.is === "relay" ? this.#state.relay.traffic : NO_TRAFFIC;
    return {
      fromClient: bytesFromClient + relayed.fromClient,
      fromStore: bytesFromStore + relayed.fromStore,
    };
  }

  greetInClear(): void {
    if (this.#state.is === "before-login") this.#state.dialogue.greetInClear();
  }

  secured(): void {
    if (this.#state.is === "before-login") this.#state.dialogue.secured();
  }

  data(bytes: Uint8Array): void {
    this.record.bytesFromClient += bytes.length;
    if (this.#state.is === "before-login") this.#state.dialogue.data(bytes);
  }

  drained(): void {
    if (this.#state.is === "before-login") this.#state.dialogue.hold();
  }

  ended(): void {
    if (this.#state.is === "before-login") this.#state.dialogue.ended();
  }

  closed(error?: TransportError): void {
    const lost = error === undefined ? "client-closed" : isTlsFault(error) ? "tls-failed" : "client-lost";
    if (error !== undefined && lost === "tls-failed") this.record.tlsFault = tlsReason(error.detail);
    this.#finish(this.#state.is === "closing" ? this.#state.reason : lost);
  }

  /** The client has not closed after the edge's last word. */
  expire(): void {
    this.#client.destroy();
  }

  retract(): boolean {
    return this.#state.is === "before-login" && this.#state.dialogue.retract();
  }

  stop(reason: "draining" | "kicked" | "stopped"): void {
    const state = this.#state;
    switch (state.is) {
      case "before-login":
        if (reason !== "stopped") return state.dialogue.hangUp(reason);
        state.dialogue.cancel();
        return this.abandoned(reason);
      case "relay":
        return reason === "stopped" ? state.relay.stop(reason) : state.relay.drain(reason);
      case "closing":
        return this.#client.destroy();
      case "closed":
        return;
      default:
        state satisfies never;
    }
  }

  hungUp(reason: EndReason): void {
    if (this.#state.is !== "before-login") return;
    this.#state = closing(this.#state, reason);
    this.#services.wheel.set(this, FAREWELL_SECONDS);
    this.#client.end();
  }

  abandoned(reason: EndReason): void {
    if (this.#state.is !== "before-login") return;
    this.#state = closing(this.#state, reason);
    this.#client.destroy();
  }

  /** The store let the user in: from here on both sides talk to each other. */
  loggedIn(handover: Handover): void {
    if (this.#state.is !== "before-login") return;
    const { store, places, answer, fromClient } = handover;
    const { relay, createStream } = this.#services;
    const fromStore = store.rest();
    const stream = createStream?.();
    this.#state = relaying(
      this.#state,
      startRelay(this.#client, store.connection, stream, this.record, relay, this),
      places,
    );
    stream?.feed(fromStore);
    for (const action of answer) {
      if (action.do === "write") this.#client.write(joined(action.bytes, fromStore));
    }
    this.record.bytesFromStore += fromStore.length;
    if (fromClient.length > 0) store.connection.write(fromClient);
    if (handover.clientPaused) this.#client.resume();
    if (handover.clientEnded) store.connection.end();
  }

  endDelaySeconds(): number {
    return this.#state.is === "relay" ? this.#state.store.endDelaySeconds() : 0;
  }

  relayEnded(reason: EndReason): void {
    this.#finish(reason);
  }

  #finish(reason: EndReason): void {
    const state = this.#state;
    if (state.is === "closed") return;
    if (state.is === "before-login") state.dialogue.cancel();
    if (state.is === "relay") leaveAll(state);
    this.#place.leave();
    this.#state = CLOSED;
    this.#services.wheel.clear(this);
    this.#services.onEnd(this, this.record, reason);
  }
}

const NO_TRAFFIC = { fromClient: 0, fromStore: 0 };

const joined = (first: Uint8Array, second: Uint8Array): Uint8Array =>
  second.length === 0 ? first : Buffer.concat([first, second]);
