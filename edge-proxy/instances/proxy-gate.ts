import type { Timed, TimerWheel } from "../timer-wheel.ts";
import { type ProxyVersions, readProxyHeader } from "../transport/proxy-protocol.ts";
import type { Addresses, Connection, Receiver } from "../transport/transport.ts";

export interface ProxyGateOptions {
  wheel: TimerWheel;
  versions: ProxyVersions;
  headerSeconds: number;
  /** TLS begins behind the header. */
  implicitTls: boolean;
  /** The header is complete: returns who takes the connection; undefined where nobody does. */
  admit(connection: Connection, addresses: Addresses): Receiver | undefined;
  /** There was no usable header. */
  refuse(connection: Connection, detail: string): void;
}

const NO_BYTES = new Uint8Array(0);

/** Holds a connection until its PROXY header has arrived. A peer that sends none, or a malformed one, gets no answer. */
export class ProxyGate implements Receiver, Timed {
  due = -1;
  readonly #options: ProxyGateOptions;
  readonly #connection: Connection;
  /** What has arrived of the header; undefined once the connection is admitted or refused. */
  #header: Uint8Array | undefined = NO_BYTES;

  constructor(options: ProxyGateOptions, connection: Connection) {
    this.#options = options;
    this.#connection = connection;
    options.wheel.set(this, options.headerSeconds);
  }

  data(bytes: Uint8Array): void {
    if (this.#header === undefined) return;
    const arrived = this.#header.length === 0 ? bytes : Buffer.concat([this.#header, bytes]);
    const header = readProxyHeader(arrived, this.#options.versions);
    switch (header.is) {
      case "unfinished":
        this.#header = arrived;
        return;
      case "absent":
        return this.#admit(undefined, arrived);
      case "wrong":
        return this.#refuse(header.detail);
      case "header":
        return this.#admit(header.addresses, arrived.subarray(header.length));
      default:
        header satisfies never;
    }
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
    this.#decide();
    const connection = this.#connection;
    const receiver = this.#options.admit(connection, addresses ?? connection);
    if (receiver === undefined) return connection.destroy();
    connection.receiver = receiver;
    if (this.#options.implicitTls) connection.startTls(rest);
    else if (rest.length > 0) receiver.data(rest);
  }

  #refuse(detail: string): void {
    if (this.#header === undefined) return;
    this.#decide();
    this.#connection.destroy();
    this.#options.refuse(this.#connection, detail);
  }

  #decide(): void {
    this.#header = undefined;
    this.#options.wheel.clear(this);
  }
}
