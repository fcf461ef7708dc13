import { isDeepStrictEqual } from "node:util";
import type { Socket } from "bun";
import { BunConnection, type BunEntrance, type BunTls, closed, handlers } from "./bun-connection.ts";
import { clientContext } from "./client-trust.ts";
import { singleAddress } from "./ip-address.ts";
import { nodeTransport } from "./node.ts";
import { ASK_CLIENTS, serverContexts } from "./server-certificates.ts";
import {
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

const silent: Receiver = { data() {}, secured() {}, drained() {}, ended() {}, closed() {} };

function serverTls(tls: ListenerTls, alpn: string): BunTls | undefined {
  if (tls.certificates.length === 0) return undefined;
  const { fallback, vouchers } = serverContexts(tls, Date.now());
  return {
    options: {
      // Made once: given cert and key, Bun would build a context for every connection.
      secureContext: fallback.context,
      // In wire format: a length byte, then the name.
      ALPNProtocols: String.fromCharCode(alpn.length) + alpn,
      ...(vouchers && ASK_CLIENTS),
    },
    vouchers,
  };
}

/** What a listener's TLS comes from. */
const tlsOf = ({ certificates, policy, clientTrusts, needsServerName }: ListenerTls): ListenerTls => ({
  certificates,
  ...(policy && { policy }),
  ...(clientTrusts && { clientTrusts }),
  ...(needsServerName && { needsServerName }),
});

/** A listener on native sockets, which support one certificate, and no TLS that begins after other bytes. */
class BunListener implements Listener {
  readonly port: number;
  readonly #options: ListenOptions;
  #given: ListenerTls;
  #tls: BunTls | undefined;
  #listener: { stop(closeConnections: boolean): void };

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#given = tlsOf(options);
    this.#tls = serverTls(options, options.alpn);
    const { sharing } = options;
    // Exclusively at first: a port that another process uses must not be shared with it by chance.
    const first = this.#open(options.port, sharing === "joined");
    this.port = first.port;
    this.#listener = first;
    if (sharing === "joined" || (sharing === undefined && options.tls !== "implicit")) return;
    first.stop(true);
    this.#listener = this.#open(this.port, true);
  }

  async replaceTls(tls: ListenerTls): Promise<void> {
    // A listener that is replaced may lose a connection that the kernel has just given to it.
    if (isDeepStrictEqual(tlsOf(tls), this.#given)) return;
    this.#tls = serverTls(tls, this.#options.alpn);
    const old = this.#listener;
    // A native TLS listener keeps its certificate: a second listener replaces it at the same port.
    if (this.#options.tls === "implicit") this.#listener = this.#open(this.port, true);
    this.#given = tlsOf(tls);
    if (this.#listener === old) return;
    // Connections that the kernel has given to the old one are accepted before it closes.
    await new Promise((resolve) => setTimeout(resolve, HANDOVER_MS));
    old.stop(false);
  }

  async close(): Promise<void> {
    this.#listener.stop(false);
  }

  #open(
    port: number,
    reusePort: boolean,
    address = this.#options.address,
  ): { port: number; stop(closeConnections: boolean): void } {
    const { tls, accept } = this.#options;
    const settings = this.#tls;
    const implicit = tls === "implicit";
    const entrance: BunEntrance = { address: singleAddress(address), port };
    const onOpen = (socket: Socket<BunConnection>): void => {
      const connection = new BunConnection(silent, implicit, implicit ? settings : this.#tls, entrance);
      connection.socket = socket;
      connection.state = "open";
      socket.data = connection;
      const receiver = accept(connection);
      if (receiver === undefined) connection.destroy();
      else connection.receiver = receiver;
    };
    // The type lacks reusePort.
    const listen = {
      hostname: address,
      port,
      reusePort,
      allowHalfOpen: true,
      socket: { ...handlers, open: onOpen },
      ...(implicit && settings !== undefined ? { tls: settings.options } : {}),
    };
    try {
      const listener = Bun.listen<BunConnection>(listen);
      entrance.port = listener.port;
      return listener;
    } catch (error) {
      const fallback = fallbackAddress(address, error);
      if (fallback !== undefined) return this.#open(port, reusePort, fallback);
      throw new ListenError(address, port, error);
    }
  }
}

/** How long two listeners share a port while one replaces the other. */
const HANDOVER_MS = 50;

/** Bun's native sockets: the production transport. What they cannot do is left to node:net and node:tls. */
export const bunTransport: Transport = {
  name: "bun",

  async listen(options: ListenOptions): Promise<Listener> {
    if (options.feedsTls || options.certificates.length > 1) return nodeTransport.listen(options);
    return new BunListener(options);
  },

  connect(options: ConnectOptions, receiver: ConnectReceiver): Connection {
    const { host, port, tls, implicitTls, preface } = options;
    const settings = tls && {
      options: {
        serverName: tls.serverName,
        rejectUnauthorized: tls.trust.verify,
        secureContext: clientContext(tls.trust).context,
      },
      trust: tls.trust,
    };
    // If bytes are sent before TLS, the connection begins in clear.
    const tlsAtOnce = implicitTls && preface === undefined;
    const connection = new BunConnection(receiver, tlsAtOnce, settings);
    if (preface !== undefined) connection.write(preface);
    if (implicitTls && !tlsAtOnce) connection.startTls();
    const socket = {
      hostname: host,
      port,
      allowHalfOpen: true,
      data: connection,
      socket: handlers,
      ...(tlsAtOnce && settings !== undefined ? { tls: settings.options } : {}),
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
