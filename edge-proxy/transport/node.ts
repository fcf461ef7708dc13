import { connect as connectTcp, createServer, isIP, type Server, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { clientContext, pinFault } from "./client-trust.ts";
import { detachedStream } from "./detached-stream.ts";
import { type ServerContexts, serverContexts } from "./server-certificates.ts";
import {
  type ClientTls,
  type Connection,
  type ConnectOptions,
  type ConnectReceiver,
  ListenError,
  type Listener,
  type ListenOptions,
  type Receiver,
  type ServerCertificate,
  type Transport,
  type TransportError,
} from "./transport.ts";

const IS_DENO = "Deno" in globalThis;

/** How a connection goes over to TLS, and by which event it says that it did. */
interface Securer {
  /** A client must wait for `secureConnect`: `secure` comes before the certificate was checked. */
  event: "secure" | "secureConnect";
  wrap(socket: Socket, head: Uint8Array | undefined): TLSSocket;
  /** Says what is wrong with the peer, handshake done. */
  fault(socket: TLSSocket): string | undefined;
}

/** A node:net socket, for Node and Deno. */
class NodeConnection implements Connection {
  receiver: Receiver;
  #socket: Socket;
  readonly #tcp: Socket;
  #closed = false;
  #waiting = false;
  #failure: TransportError["code"] = "reset";
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
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#socket.writableEnded) return true;
    this.#socket.write(bytes, this.#written);
    // Not the answer of write(), which tells of the high-water mark: ours is whether anything waits.
    this.#waiting = this.#socket.writableLength > 0;
    return !this.#waiting;
  }

  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    if (!this.#closed) this.#socket.resume();
  }

  keepAlive(seconds: number): void {
    // Not of the TLS stream: on Deno it has no socket of its own.
    this.#tcp.setKeepAlive(true, seconds * 1000);
  }

  startTls(head?: Uint8Array): void {
    if (this.#securer === undefined) throw new Error("startTls without TLS settings");
    const plain = this.#socket;
    for (const event of ["data", "end", "close", "error"]) plain.removeAllListeners(event);
    plain.on("error", (error) => this.#fail({ code: "tls", detail: error.message }));
    const securer = this.#securer;
    const secure = securer.wrap(plain, head);
    // Its TLS says the last word in what it runs in, and leaves that open.
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

/**
 * What TLS runs in: the socket itself, but where the runtime is Deno. TLSSocket takes any stream; its type says less.
 * `head` is what was read of the socket and belongs to TLS.
 */
function underTls(socket: Socket, head: Uint8Array | undefined): Socket {
  if (IS_DENO) return detachedStream(socket, head) as Socket;
  if (head === undefined) return socket;
  // In flowing mode the bytes would go to listeners that are gone.
  socket.pause();
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** TLS of a listener; `contexts` gives those in force. */
const serverSecurer = (contexts: () => ServerContexts, alpn: string): Securer => ({
  event: "secure",
  wrap: (socket, head) => {
    const current = contexts();
    const options: ServerTlsOptions = {
      isServer: true,
      secureContext: current.fallback,
      ALPNProtocols: [alpn],
      SNICallback: (name, done) => done(null, current.for(name)),
    };
    return new TLSSocket(underTls(socket, head), options);
  },
  fault: () => undefined,
});

/** TLSSocket passes ALPNProtocols on, as its documentation says; its type leaves it out. */
type ServerTlsOptions = ConstructorParameters<typeof TLSSocket>[1] & { ALPNProtocols: string[] };

const clientSecurer = ({ serverName, trust }: ClientTls): Securer => ({
  event: "secureConnect",
  wrap: (socket, head) =>
    connectTls({
      socket: underTls(socket, head),
      host: serverName,
      secureContext: clientContext(trust),
      rejectUnauthorized: trust.verify,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    }),
  fault: (socket) => pinFault(trust, socket.getPeerCertificate().raw),
});

const silent: Receiver = { data() {}, secured() {}, drained() {}, ended() {}, closed() {} };

/** node:net and node:tls: the transport on Node and Deno. */
export const nodeTransport: Transport = {
  name: "node",

  async listen(options: ListenOptions): Promise<Listener> {
    const { address, port, sharePort = false, tls, alpn, accept } = options;
    const contextsOf = (certificates: readonly ServerCertificate[]): ServerContexts | undefined =>
      certificates.length === 0 ? undefined : serverContexts(certificates);
    let contexts = contextsOf(options.certificates);
    const securer = serverSecurer(() => {
      if (contexts === undefined) throw new Error("startTls without a certificate");
      return contexts;
    }, alpn);
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new NodeConnection(socket, silent, securer);
      const receiver = accept(connection);
      if (receiver === undefined) return connection.destroy();
      connection.receiver = receiver;
      if (tls === "implicit") connection.startTls();
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(new ListenError(address, port, error)));
      server.listen({ host: address, port, backlog: LISTEN_BACKLOG, reusePort: sharePort }, resolve);
    });
    return {
      port: portOf(server),
      async replaceCertificates(certificates) {
        contexts = contextsOf(certificates);
      },
      close: async () => void server.close(),
    };
  },

  connect(options: ConnectOptions, receiver: ConnectReceiver): Connection {
    const { host, port, tls, implicitTls, preface } = options;
    const socket = connectTcp({ host, port, allowHalfOpen: true });
    const securer = tls === undefined ? undefined : clientSecurer(tls);
    const connection = new NodeConnection(socket, receiver, securer);
    connection.watchConnect(receiver);
    socket.once("connect", () => {
      if (preface !== undefined) socket.write(preface);
      if (implicitTls) connection.startTls();
    });
    return connection;
  },
};

/** Connections that may wait for accept(); the kernel caps it at net.core.somaxconn. */
const LISTEN_BACKLOG = 4096;

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
