import { connect as connectTcp, createServer, isIP, type Server, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { clientContext, pinFault } from "./client-trust.ts";
import { detachedStream } from "./detached-stream.ts";
import { IS_DENO, NodeConnection, type Securer } from "./node-connection.ts";
import { ASK_CLIENTS, type ServerContexts, serverContexts, wantedPeriod } from "./server-certificates.ts";
import {
  type ClientTls,
  type Connection,
  type ConnectOptions,
  type ConnectReceiver,
  fallbackAddress,
  ListenError,
  type Listener,
  type ListenerTls,
  type ListenOptions,
  type Receiver,
  type Transport,
} from "./transport.ts";

/**
 * The stream that TLS runs over: the socket itself, except on Deno. TLSSocket takes any stream, though its type does not
 * say so. `head` was read from the socket and belongs to TLS.
 */
function underTls(socket: Socket, head: Uint8Array | undefined): Socket {
  if (IS_DENO) return detachedStream(socket, head) as Socket;
  if (head === undefined) return socket;
  // In flowing mode the bytes would go to listeners that have been removed.
  socket.pause();
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** TLS of a listener; `contexts` returns the current ones. */
const serverSecurer = (contexts: () => ServerContexts, alpn: string): Securer => ({
  event: "secure",
  wrap: (socket, head) => {
    const current = contexts();
    const options: ServerTlsOptions = {
      isServer: true,
      secureContext: current.fallback,
      ALPNProtocols: [alpn],
      SNICallback: (name, done) => done(null, current.for(name)),
      ...(current.vouchers && ASK_CLIENTS),
    };
    return {
      socket: new TLSSocket(underTls(socket, head), options),
      vouchers: current.vouchers,
    };
  },
  fault: () => undefined,
});

/** TLSSocket accepts ALPNProtocols, as documented; its type leaves it out. */
type ServerTlsOptions = ConstructorParameters<typeof TLSSocket>[1] & { ALPNProtocols: string[] };

const clientSecurer = ({ serverName, trust }: ClientTls): Securer => ({
  event: "secureConnect",
  wrap: (socket, head) => ({
    socket: connectTls({
      socket: underTls(socket, head),
      host: serverName,
      secureContext: clientContext(trust),
      rejectUnauthorized: trust.verify,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    }),
  }),
  fault: (socket) => pinFault(trust, socket.getPeerCertificate().raw),
});

/** Makes a function that returns a listener's contexts, made anew whenever the keys of session tickets change. Throws if the PEM is invalid. */
function currentContexts(settings: ListenerTls): () => ServerContexts {
  let contexts = settings.certificates.length === 0 ? undefined : serverContexts(settings, Date.now());
  return () => {
    if (contexts === undefined) throw new Error("startTls without a certificate");
    const nowMs = Date.now();
    if (wantedPeriod(settings, nowMs) !== contexts.ticketPeriod) contexts = serverContexts(settings, nowMs);
    return contexts;
  };
}

const silent: Receiver = { data() {}, secured() {}, drained() {}, ended() {}, closed() {} };

/** node:net and node:tls: the transport on Node and Deno. */
export const nodeTransport: Transport = {
  name: "node",

  async listen(options: ListenOptions): Promise<Listener> {
    const { address, port, sharing, tls, alpn, accept } = options;
    let contexts = currentContexts(options);
    const securer = serverSecurer(() => contexts(), alpn);
    const sharedPort = sharing === "claimed" ? await claimPort(address, port) : port;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const connection = new NodeConnection(socket, silent, securer);
      const receiver = accept(connection);
      if (receiver === undefined) return connection.destroy();
      connection.receiver = receiver;
      if (tls === "implicit") connection.startTls();
    });
    await listening(server, { host: address, port: sharedPort, reusePort: sharing !== undefined });
    return {
      port: portOf(server),
      async replaceTls(settings) {
        contexts = currentContexts(settings);
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

interface Place {
  host: string;
  port: number;
  reusePort: boolean;
}

/** Listens; rejects with a ListenError. */
async function listening(server: Server, place: Place): Promise<void> {
  try {
    await tryListening(server, place);
  } catch (error) {
    const host = fallbackAddress(place.host, error);
    if (host === undefined) throw new ListenError(place.host, place.port, error);
    await listening(server, { ...place, host });
  }
}

const tryListening = (server: Server, place: Place): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...place, backlog: LISTEN_BACKLOG }, resolve);
  });

/** Makes sure that nobody listens on a port, by listening there alone for a moment; 0 picks a free one. */
export async function claimPort(host: string, port: number): Promise<number> {
  const server = createServer();
  await listening(server, { host, port, reusePort: false });
  const claimed = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return claimed;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
