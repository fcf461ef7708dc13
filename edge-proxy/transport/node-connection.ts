import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Vouchers } from "../x509/vouching.ts";
import { hostNameOf, presentedCertificate } from "./presented-certificate.ts";
import type {
  ClientCertificate,
  Connection,
  ConnectReceiver,
  Receiver,
  TransportError,
} from "./transport.ts";

export const IS_DENO = "Deno" in globalThis;

/** How a connection is upgraded to TLS, and the event that reports it. */
export interface Securer {
  /** A client must wait for `secureConnect`: `secure` comes before the certificate is verified. */
  event: "secure" | "secureConnect";
  wrap(socket: Socket, head: Uint8Array | undefined): Secured;
  /** What is wrong with the peer after the handshake; undefined if nothing is. */
  fault(socket: TLSSocket): string | undefined;
}

export interface Secured {
  socket: TLSSocket;
  /** Checks the client's certificate, where it was asked for one. */
  vouchers?: Vouchers | undefined;
}

/** A node:net socket, for Node and Deno. */
export class NodeConnection implements Connection {
  receiver: Receiver;
  #socket: Socket;
  readonly #tcp: Socket;
  #closed = false;
  #waiting = false;
  #failure: TransportError["code"] = "reset";
  #vouchers: Vouchers | undefined;
  readonly #securer: Securer | undefined;

  constructor(socket: Socket, receiver: Receiver, securer: Securer | undefined) {
    this.#socket = socket;
    this.#tcp = socket;
    this.receiver = receiver;
    this.#securer = securer;
    socket.setNoDelay(true);
    this.#attach(socket);
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? "";
  }
  get remotePort(): number {
    return this.#socket.remotePort ?? 0;
  }
  get localAddress(): string {
    return this.#socket.localAddress ?? "";
  }
  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }
  get tlsVersion(): string | undefined {
    return this.#socket instanceof TLSSocket ? (this.#socket.getProtocol() ?? "TLS") : undefined;
  }
  get serverName(): string | undefined {
    // The type lacks the field that a server's socket has for its client's SNI.
    return hostNameOf((this.#socket as { servername?: unknown }).servername);
  }
  get clientCertificate(): ClientCertificate | undefined {
    const vouchers = this.#vouchers;
    if (vouchers === undefined || !(this.#socket instanceof TLSSocket)) return undefined;
    return presentedCertificate(vouchers, this.#socket.getPeerX509Certificate()?.raw);
  }
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#socket.writableEnded) return true;
    this.#socket.write(bytes, this.#written);
    // Not the result of write(), which is about the high-water mark: this is whether anything is queued.
    this.#waiting = this.#socket.writableLength > 0;
    return !this.#waiting;
  }

  /** What the kernel has taken may still be read by the stream. */
  pass(bytes: Uint8Array): boolean {
    return this.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    if (!this.#closed) this.#socket.resume();
  }

  keepAlive(seconds: number): void {
    // Not on the TLS stream, which has no socket of its own on Deno.
    this.#tcp.setKeepAlive(true, seconds * 1000);
  }

  startTls(head?: Uint8Array): void {
    if (this.#securer === undefined) throw new Error("startTls without TLS settings");
    const plain = this.#socket;
    for (const event of ["data", "end", "close", "error"]) plain.removeAllListeners(event);
    plain.on("error", (error) => this.#fail({ code: "tls", detail: error.message }));
    const securer = this.#securer;
    const { socket: secure, vouchers } = securer.wrap(plain, head);
    this.#vouchers = vouchers;
    // TLS on Deno sends its close alert but leaves the stream below it open.
    if (IS_DENO) secure.once("finish", () => plain.end());
    this.#failure = "tls";
    this.#socket = secure;
    this.#attach(secure);
    secure.on(securer.event, () => {
      if (this.#closed || this.#failure !== "tls") return;
      const fault = securer.fault(secure);
      if (fault !== undefined) return this.#fail({ code: "tls", detail: fault });
      this.#failure = "reset";
      this.receiver.secured();
    });
    secure.on("_tlsError", (error: Error) => this.#fail({ code: this.#failure, detail: error.message }));
  }

  end(): void {
    if (!this.#closed && !this.#socket.writableEnded) this.#socket.end();
  }

  destroy(): void {
    this.#fail(undefined);
  }

  /** Tells the receiver of an outgoing connection that TCP is up. */
  watchConnect(receiver: ConnectReceiver): void {
    this.#failure = "connect";
    this.#socket.once("connect", () => {
      this.#failure = "reset";
      receiver.connected();
    });
  }

  #fail(error: TransportError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.receiver.closed(error);
  }

  readonly #written = (): void => {
    if (!this.#waiting || this.#closed || this.#socket.writableLength > 0) return;
    this.#waiting = false;
    this.receiver.drained();
  };

  #attach(socket: Socket): void {
    socket.on("data", (bytes: Uint8Array) => this.receiver.data(bytes));
    socket.on("end", () => this.receiver.ended());
    socket.on("error", (error) => this.#fail({ code: this.#failure, detail: error.message }));
    socket.on("close", () => this.#fail(undefined));
  }
}
