import { connect as connectTcp, createServer, isIP, type Server, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { detachedStream } from "./detached-stream.ts";
import {
  type ClientTls,
  type Connection,
  type ConnectOptions,
  type ConnectReceiver,
  ListenError,
  type Listener,
  type ListenOptions,
  type Receiver,
  type Transport,
  type TransportError,
} from "./transport.ts";

/** How a connection goes over to TLS, and by which event it says that it did. */
interface Securer {
  /** A client must wait for `secureConnect`: `secure` comes before the certificate was checked. */
  event: "secure" | "secureConnect";
  wrap(socket: Socket): TLSSocket;
}

/** A node:net socket, for Node and Deno. */
class NodeConnection implements Connection {
  receiver: Receiver;
  #socket: Socket;
  #closed = false;
  #waiting = false;
  #failure: TransportError["code"] = "reset";
  readonly #securer: Securer | undefined;

  constructor(socket: Socket, receiver: Receiver, securer: Securer | undefined) {
    this.#socket = socket;
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

  startTls(): void {
    if (this.#securer === undefined) throw new Error("startTls without TLS settings");
    const plain = this.#socket;
    for (const event of ["data", "end", "close", "error"]) plain.removeAllListeners(event);
    plain.on("error", (error) => this.#fail({ code: "tls", detail: error.message }));
    const secure = this.#securer.wrap(plain);
    this.#failure = "tls";
    this.#socket = secure;
    this.#attach(secure);
    secure.on(this.#securer.event, () => {
      if (this.#closed || this.#failure !== "tls") return;
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

/** What TLS runs in: the socket itself, but where the runtime is Deno. TLSSocket takes any stream; its type says less. */
const underTls = (socket: Socket): Socket =>
  "Deno" in globalThis ? (detachedStream(socket) as Socket) : socket;

const serverSecurer = (context: SecureContext): Securer => ({
  event: "secure",
  wrap: (socket) => new TLSSocket(underTls(socket), { isServer: true, secureContext: context }),
});

const clientSecurer = ({ serverName, ca, verify }: ClientTls): Securer => ({
  event: "secureConnect",
  wrap: (socket) =>
    connectTls({
      socket: underTls(socket),
      host: serverName,
      minVersion: "TLSv1.2",
      rejectUnauthorized: verify,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      ...(ca === undefined ? {} : { ca }),
    }),
});

const silent: Receiver = { data() {}, secured() {}, drained() {}, ended() {}, closed() {} };

/** node:net and node:tls: the transport on Node and Deno. */
export const nodeTransport: Transport = {
  name: "node",

  async listen({ address, port, tls, certificate, accept }: ListenOptions): Promise<Listener> {
    const securer =
      certificate === undefined
        ? undefined
        : serverSecurer(createSecureContext({ ...certificate, minVersion: "TLSv1.2" }));
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new NodeConnection(socket, silent, securer);
      const receiver = accept(connection);
      if (receiver === undefined) return connection.destroy();
      connection.receiver = receiver;
      if (tls === "implicit") connection.startTls();
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(new ListenError(address, port, error)));
      server.listen({ host: address, port, backlog: LISTEN_BACKLOG }, resolve);
    });
    return { port: portOf(server), close: async () => void server.close() };
  },

  connect({ host, port, tls, implicitTls }: ConnectOptions, receiver: ConnectReceiver): Connection {
    const socket = connectTcp({ host, port, allowHalfOpen: true });
    const connection = new NodeConnection(
      socket,
      receiver,
      tls === undefined ? undefined : clientSecurer(tls),
    );
    connection.watchConnect(receiver);
    if (implicitTls) socket.once("connect", () => connection.startTls());
    return connection;
  },
};

/** Connections that may wait for accept(); the kernel caps it at net.core.somaxconn. */
const LISTEN_BACKLOG = 4096;

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
