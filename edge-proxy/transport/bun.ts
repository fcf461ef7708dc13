import { createSecureContext } from "node:tls";
import type { Socket, SocketHandler } from "bun";
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
import { WriteQueue } from "./write-queue.ts";

/** Which part of its life a connection is in. */
type State = "connecting" | "open" | "ending" | "closed";

/** A native Bun socket. The handlers are shared by all sockets and find their way through `socket.data`. */
class BunConnection implements Connection {
  receiver: Receiver;
  socket: Socket<BunConnection> | undefined;
  state: State = "connecting";
  queue: WriteQueue | undefined;
  tls: boolean;
  upgrade: (() => void) | undefined;
  readonly tlsOptions: Record<string, unknown> | undefined;

  constructor(receiver: Receiver, tls: boolean, tlsOptions: Record<string, unknown> | undefined) {
    this.receiver = receiver;
    this.tls = tls;
    this.tlsOptions = tlsOptions;
  }

  get remoteAddress(): string {
    return this.socket?.remoteAddress ?? "";
  }
  get remotePort(): number {
    return this.socket?.remotePort ?? 0;
  }
  get localAddress(): string {
    return this.socket?.localAddress ?? "";
  }
  get localPort(): number {
    return this.socket?.localPort ?? 0;
  }
  get tlsVersion(): string | undefined {
    return this.tls ? ((this.socket?.getTLSVersion() as unknown as string | undefined) ?? "TLS") : undefined;
  }
  get queuedBytes(): number {
    return this.queue?.bytes ?? 0;
  }

  write(bytes: Uint8Array): boolean {
    if (this.state === "closed") return true;
    if (this.socket === undefined || this.queue !== undefined) {
      this.queue ??= new WriteQueue();
      this.queue.push(bytes);
      return false;
    }
    const taken = this.socket.write(bytes);
    if (taken >= bytes.length) return true;
    this.queue = new WriteQueue();
    this.queue.push(taken > 0 ? bytes.subarray(taken) : bytes);
    return false;
  }

  pause(): void {
    this.socket?.pause();
  }
  resume(): void {
    if (this.state !== "closed") this.socket?.resume();
  }

  startTls(): void {
    if (this.queue !== undefined) this.upgrade = () => upgrade(this);
    else upgrade(this);
  }

  end(): void {
    if (this.state === "closed" || this.state === "ending") return;
    this.state = "ending";
    if (this.queue === undefined) this.socket?.shutdown();
  }

  destroy(): void {
    if (this.state === "closed") return;
    const socket = this.socket;
    closed(this, undefined);
    socket?.terminate();
  }
}

function closed(connection: BunConnection, error: TransportError | undefined): void {
  if (connection.state === "closed") return;
  connection.state = "closed";
  connection.queue = undefined;
  connection.receiver.closed(error);
}

function flush(connection: BunConnection): void {
  const { queue, socket } = connection;
  if (queue === undefined || socket === undefined) return;
  for (let chunk = queue.peek(); chunk !== undefined; chunk = queue.peek()) {
    const taken = socket.write(chunk);
    if (taken > 0) queue.shift(taken);
    if (taken < chunk.length) return;
  }
  connection.queue = undefined;
  if (connection.upgrade !== undefined) {
    connection.upgrade();
    connection.upgrade = undefined;
  }
  if (connection.state === "ending") socket.shutdown();
  else connection.receiver.drained();
}

function upgrade(connection: BunConnection): void {
  const { socket, tlsOptions } = connection;
  if (socket === undefined || tlsOptions === undefined) throw new Error("startTls without TLS settings");
  connection.tls = true;
  // The old handlers go on receiving the raw bytes: `socket !== connection.socket` tells them apart.
  connection.socket = undefined;
  const [, secure] = socket.upgradeTLS<BunConnection>({
    data: connection,
    tls: tlsOptions,
    socket: handlers,
  });
  connection.socket = secure as unknown as Socket<BunConnection>;
}

const isCurrent = (socket: Socket<BunConnection>): boolean => socket.data?.socket === socket;

const handlers: SocketHandler<BunConnection> = {
  open(socket) {
    const connection = socket.data;
    // Undefined while TLS is being laid over a connection that is up already.
    if (connection === undefined || connection.state !== "connecting") return;
    connection.socket = socket;
    connection.state = "open";
    (connection.receiver as ConnectReceiver).connected();
    if (!connection.tls) flush(connection);
  },
  data(socket, bytes) {
    if (isCurrent(socket)) socket.data.receiver.data(bytes);
  },
  drain(socket) {
    if (isCurrent(socket)) flush(socket.data);
  },
  handshake(socket, success, error) {
    const connection = socket.data;
    if (connection.state === "closed") return;
    connection.socket = socket;
    const detail = error?.message ?? (success ? undefined : "handshake failed");
    // A client's certificate is judged elsewhere; a server's that did not check ends the connection here.
    if (!success || (detail !== undefined && connection.tlsOptions?.rejectUnauthorized === true)) {
      closed(connection, { code: "tls", detail: detail ?? "handshake failed" });
      socket.terminate();
      return;
    }
    connection.receiver.secured();
    flush(connection);
  },
  end(socket) {
    if (isCurrent(socket)) socket.data.receiver.ended();
  },
  close(socket, error) {
    if (socket.data === undefined || (socket.data.socket !== undefined && !isCurrent(socket))) return;
    closed(socket.data, error === undefined ? undefined : { code: "reset", detail: error.message });
  },
  error(socket, error) {
    if (socket.data !== undefined && isCurrent(socket)) {
      closed(socket.data, { code: "reset", detail: error.message });
      socket.terminate();
    }
  },
  connectError(socket, error) {
    closed(socket.data, { code: "connect", detail: error.message });
  },
};

const serverTls = ({ cert, key }: ServerCertificate): Record<string, unknown> => ({
  // Made once: from cert and key as options every connection would build a context of its own.
  secureContext: createSecureContext({ cert, key, minVersion: "TLSv1.2" }).context,
});

const clientTls = ({ serverName, ca, verify }: ClientTls): Record<string, unknown> => ({
  serverName,
  rejectUnauthorized: verify,
  ...(ca === undefined ? {} : { ca }),
});

/** Bun's native sockets: the production transport. */
export const bunTransport: Transport = {
  name: "bun",

  async listen(options: ListenOptions): Promise<Listener> {
    const { address, port, tls, certificate, accept } = options;
    const tlsOptions = certificate === undefined ? undefined : serverTls(certificate);
    const implicit = tls === "implicit";
    const onOpen = (socket: Socket<BunConnection>): void => {
      const connection = new BunConnection(silent, implicit, tlsOptions);
      connection.socket = socket;
      connection.state = "open";
      socket.data = connection;
      const receiver = accept(connection);
      if (receiver === undefined) connection.destroy();
      else connection.receiver = receiver;
    };
    try {
      const listener = Bun.listen<BunConnection>({
        hostname: address,
        port,
        allowHalfOpen: true,
        socket: { ...handlers, open: onOpen },
        ...(implicit && tlsOptions !== undefined ? { tls: tlsOptions } : {}),
      });
      return { port: listener.port, close: async () => listener.stop(false) };
    } catch (error) {
      throw new ListenError(address, port, error);
    }
  },

  connect(options: ConnectOptions, receiver: ConnectReceiver): Connection {
    const tlsOptions = options.tls === undefined ? undefined : clientTls(options.tls);
    const connection = new BunConnection(receiver, options.implicitTls, tlsOptions);
    const socket = {
      hostname: options.host,
      port: options.port,
      allowHalfOpen: true,
      data: connection,
      socket: handlers,
      ...(options.implicitTls && tlsOptions !== undefined ? { tls: tlsOptions } : {}),
    };
    Bun.connect(socket).then(
      (up) => {
        if (connection.state === "closed") up.terminate();
      },
      (error: unknown) => closed(connection, { code: "connect", detail: String((error as Error).message) }),
    );
    return connection;
  },
};

const silent: Receiver = { data() {}, secured() {}, drained() {}, ended() {}, closed() {} };
