import type { Timed, TimerWheel } from "../timer-wheel.ts";
import { type ProxyVersions, readProxyHeader } from "../transport/proxy-protocol.ts";
import type { Addresses, Connection, Receiver } from "../transport/transport.ts";

export interface ProxyGateOptions {
  wheel: TimerWheel;
  versions: ProxyVersions;
  headerSeconds: number;
  /** TLS begins behind the header. */
  implicitTls: boolean;
  /** The header is read: who takes the connection; undefined where nobody does. */
  admit(connection: Connection, addresses: Addresses): Receiver | undefined;
  /** There was no header that can be used. */
  refuse(connection: Connection, detail: string): void;
}

/** Holds a connection until its PROXY header has come; whoever sends none, or a wrong one, gets no answer. */
export class ProxyGate implements Receiver, Timed {
  due = -1;
  readonly #options: ProxyGateOptions;
  readonly #connection: Connection;
  #bytes: Uint8Array = new Uint8Array(0);
  #over = false;

  constructor(options: ProxyGateOptions, connection: Connection) {
    this.#options = options;
    this.#connection = connection;
    options.wheel.set(this, options.headerSeconds);
  }

  data(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const header = readProxyHeader(this.#bytes, this.#options.versions);
    if (header.is === "wrong") this.#refuse(header.detail);
    else if (header.is === "header") this.#admit(header.addresses, this.#bytes.subarray(header.length));
  }

  ended(): void {
    this.#refuse("the connection ended before its PROXY header");
  }

  closed(): void {
    this.#refuse("the connection was lost before its PROXY header");
  }

  expire(): void {
    this.#refuse(`no PROXY header in ${this.#options.headerSeconds} s`);
  }

  drained(): void {}
  secured(): void {}

  #admit(addresses: Addresses | undefined, rest: Uint8Array): void {
    this.#finish();
    const connection = this.#connection;
    const receiver = this.#options.admit(connection, addresses ?? connection);
    if (receiver === undefined) return connection.destroy();
    connection.receiver = receiver;
    if (this.#options.implicitTls) connection.startTls(rest);
    else if (rest.length > 0) receiver.data(rest);
  }

  #refuse(detail: string): void {
    if (this.#over) return;
    this.#finish();
    this.#connection.destroy();
    this.#options.refuse(this.#connection, detail);
  }

  #finish(): void {
    this.#over = true;
    this.#bytes = new Uint8Array(0);
    this.#options.wheel.clear(this);
  }
}
