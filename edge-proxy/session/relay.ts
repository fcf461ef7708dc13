import type { EndReason, SessionRecord } from "../observe/session-record.ts";
import type { StoreStream } from "../protocol/dialogue.ts";
import type { Timed, TimerWheel } from "../timer-wheel.ts";
import type { Connection, Receiver, TransportError } from "../transport/transport.ts";
import type { HeldBytes, Holder } from "./held-bytes.ts";

export interface RelayOptions {
  wheel: TimerWheel;
  budget: HeldBytes;
  /** What a session may buffer for a slow client, in bytes. */
  clientBufferBytes: number;
  idleSeconds: number;
  /** Silence on a connection before TCP probes whether the other side is still there, in seconds. */
  keepAliveSeconds: number;
}

/** Who is told that both connections are gone: the session. */
export interface RelayOwner {
  relayEnded(reason: EndReason): void;
  /** The store has gone: how long its client stays connected, in seconds, so that not all come back at once. */
  endDelaySeconds(): number;
}

export interface Relay {
  /** Bytes that went through so far. */
  readonly traffic: { fromClient: number; fromStore: number };
  /** Ends the session behind what was sent so far, with a farewell where the stream allows one. */
  drain(reason: "draining" | "kicked"): void;
  /** Ends the session at once. */
  stop(reason: EndReason): void;
}

/** What is buffered for a store, in bytes: stores are fast, or down. */
const STORE_BUFFER_BYTES = 65_536;
/** How long one side may be silent after the other is gone, in seconds. */
const LINGER_SECONDS = 120;
/** Interval of checks whether a slow reader still reads, in seconds. */
const LOOK_SECONDS = 30;
/** How long a client may take to close after a drain's farewell, in seconds. */
const FAREWELL_SECONDS = 2;

/**
 * Joins two connections into a pipe, with back-pressure each way; buffers nothing but what a slow reader has not taken.
 * `stream` follows what the store sends, where the protocol lets the edge say farewell.
 */
export function startRelay(
  client: Connection,
  store: Connection,
  stream: StoreStream | undefined,
  record: SessionRecord,
  options: RelayOptions,
  owner: RelayOwner,
): Relay {
  return new Pipe(client, store, stream, record, options, owner);
}

// Thousands are idle: with few enough fields, neither class takes the next larger size of the heap.
class Pipe implements Relay, Timed {
  due = -1;
  readonly options: RelayOptions;
  /** Tick of the last byte that went through. */
  touched: number;
  #reason: EndReason | undefined;
  readonly #fromClient: Side;
  readonly #fromStore: Side;
  readonly #record: SessionRecord;
  readonly #owner: RelayOwner;
  #closed = 0;
  #keptAlive = false;
  /** Whether the client's connection is ended: where many go at once, some time after the store's; or by a drain. */
  #clientEnd: "open" | "later" | "done" | "drained" = "open";
  /** Bytes queued for both sides at the last check. */
  #waited = 0;

  constructor(
    client: Connection,
    store: Connection,
    stream: StoreStream | undefined,
    record: SessionRecord,
    options: RelayOptions,
    owner: RelayOwner,
  ) {
    this.#owner = owner;
    this.#record = record;
    this.options = options;
    this.touched = options.wheel.tick;
    this.#fromClient = new Side(this, store, undefined, CLIENT);
    this.#fromStore = new Side(this, client, stream, STORE);
    client.receiver = this.#fromClient;
    store.receiver = this.#fromStore;
    // Most sessions are shorter and need no keep-alive, which costs several system calls.
    options.wheel.set(this, Math.min(options.keepAliveSeconds, options.idleSeconds));
  }

  get #client(): Connection {
    return this.#fromStore.to;
  }

  get #store(): Connection {
    return this.#fromClient.to;
  }

  opposite(side: Side): Side {
    return side === this.#fromClient ? this.#fromStore : this.#fromClient;
  }

  stop(reason: EndReason): void {
    this.#reason = reason;
    this.#client.destroy();
    this.#store.destroy();
  }

  get traffic(): Relay["traffic"] {
    return { fromClient: this.#fromClient.bytes, fromStore: this.#fromStore.bytes };
  }

  drain(reason: "draining" | "kicked"): void {
    if (this.#clientEnd === "drained") return;
    this.#clientEnd = "drained";
    this.#reason = reason;
    const { stream } = this.#fromStore;
    if (stream?.between === true) this.#client.write(stream.farewell(reason));
    this.#client.end();
    this.#store.end();
    this.options.wheel.set(this, FAREWELL_SECONDS);
  }

  expire(): void {
    const { wheel } = this.options;
    if (this.#clientEnd === "later") return this.#endClientNow();
    if (!this.#keptAlive) this.#keepAlive();
    const waiting = this.#client.queuedBytes + this.#store.queuedBytes;
    const moved = waiting < this.#waited;
    this.#waited = waiting;
    // A slow reader that still reads keeps its session, even where nothing new passes through.
    if (moved) this.touched = wheel.tick;
    const idle = (wheel.nowMs - wheel.msOf(this.touched)) / 1000;
    const allowed = this.#allowedSeconds();
    if (idle < allowed)
      wheel.set(this, waiting > 0 ? Math.min(allowed - idle, LOOK_SECONDS) : allowed - idle);
    else this.stop(this.#reason ?? "idle-timeout");
  }

  #keepAlive(): void {
    this.#keptAlive = true;
    this.#client.keepAlive(this.options.keepAliveSeconds);
    this.#store.keepAlive(this.options.keepAliveSeconds);
  }

  #allowedSeconds(): number {
    if (this.#clientEnd === "drained") return FAREWELL_SECONDS;
    return this.#closed > 0 ? LINGER_SECONDS : this.options.idleSeconds;
  }

  /** The first reason counts. */
  ending(reason: EndReason): void {
    this.#reason ??= reason;
  }

  /** The store sends no more: ends the client's connection behind what was sent. */
  endClient(): void {
    if (this.#clientEnd !== "open") return;
    const isLost = this.#reason === STORE.closed || this.#reason === STORE.lost;
    const seconds = isLost ? this.#owner.endDelaySeconds() : 0;
    this.#clientEnd = seconds > 0 ? "later" : "done";
    if (seconds > 0) this.options.wheel.set(this, seconds);
    else this.#client.end();
  }

  /** The client sends no more. One that has left is not made to wait for the end. */
  clientEnded(): void {
    this.#store.end();
    if (this.#clientEnd === "later") this.#endClientNow();
  }

  #endClientNow(): void {
    this.#clientEnd = "done";
    this.#client.end();
    // Ending it may have closed it at once.
    if (this.#closed < 2) this.#linger();
  }

  /** One of the two connections is gone. */
  sideClosed(other: Connection): void {
    this.#closed++;
    if (this.#closed === 2) {
      this.options.wheel.clear(this);
      this.#record.bytesFromClient += this.#fromClient.bytes;
      this.#record.bytesFromStore += this.#fromStore.bytes;
      this.#owner.relayEnded(this.#reason ?? "client-closed");
      return;
    }
    if (other === this.#client) this.endClient();
    else other.end();
    // Ending it may have closed it at once.
    if (this.#closed < 2 && this.#clientEnd !== "later") this.#linger();
  }

  /** Gives the side that is left some time to take what was sent. */
  #linger(): void {
    this.#waited = this.#client.queuedBytes + this.#store.queuedBytes;
    this.touched = this.options.wheel.tick;
    if (this.#clientEnd !== "drained") this.options.wheel.set(this, LOOK_SECONDS);
  }
}

/** Reasons for the end of a session, by the side that ended it. */
interface Reasons {
  closed: EndReason;
  lost: EndReason;
}

/** One direction: passes what comes from one connection to the other. */
class Side implements Receiver, Holder {
  bytes = 0;
  readonly #pipe: Pipe;
  readonly to: Connection;
  readonly stream: StoreStream | undefined;
  readonly #reasons: Reasons;
  /** Whether bytes wait for `to`, and whether so many that the sender has been paused. */
  #flow: "free" | "held" | "paused" = "free";

  constructor(pipe: Pipe, to: Connection, stream: StoreStream | undefined, reasons: Reasons) {
    this.#pipe = pipe;
    this.to = to;
    this.stream = stream;
    this.#reasons = reasons;
  }

  get #opposite(): Side {
    return this.#pipe.opposite(this);
  }

  data(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    this.#pipe.touched = this.#pipe.options.wheel.tick;
    this.stream?.feed(bytes);
    if (!this.to.pass(bytes)) this.#hold();
  }

  /** The sender has taken everything that the other direction wrote to it. */
  drained(): void {
    this.#pipe.touched = this.#pipe.options.wheel.tick;
    this.#opposite.release();
  }

  ended(): void {
    this.#pipe.ending(this.#reasons.closed);
    if (this.#reasons === STORE) this.#pipe.endClient();
    else this.#pipe.clientEnded();
  }

  closed(error?: TransportError): void {
    this.#pipe.ending(error === undefined ? this.#reasons.closed : this.#reasons.lost);
    this.#opposite.release();
    this.#pipe.sideClosed(this.to);
  }

  secured(): void {}

  recount(): number {
    return this.to.queuedBytes;
  }

  giveUp(): void {
    this.#pipe.stop("relay-memory");
  }

  #hold(): void {
    const { budget, clientBufferBytes } = this.#pipe.options;
    if (this.#flow === "free") this.#flow = "held";
    budget.hold(this);
    if (this.#flow !== "held") return;
    const bufferBytes = this.#reasons === STORE ? clientBufferBytes : STORE_BUFFER_BYTES;
    if (this.to.queuedBytes > bufferBytes || budget.tight) {
      this.#flow = "paused";
      this.#opposite.to.pause();
    }
  }

  /** The queue is sent, or lost with its connection. */
  release(): void {
    const flow = this.#flow;
    this.#flow = "free";
    if (flow !== "free") this.#pipe.options.budget.release(this);
    if (flow === "paused") this.#opposite.to.resume();
  }
}

const CLIENT: Reasons = { closed: "client-closed", lost: "client-lost" };
const STORE: Reasons = { closed: "store-closed", lost: "store-lost" };
