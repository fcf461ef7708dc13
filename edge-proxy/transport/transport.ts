import type { ClientCertificateFault, ClientCertificateTrust } from "../x509/client-authorities.ts";

/** What a connection tells the code behind it. It may be swapped while the connection lives. */
export interface Receiver {
  data(bytes: Uint8Array): void;
  /** TLS is up: after `startTls`, and first of all where TLS is implicit. */
  secured(): void;
  /** Everything queued went to the kernel, after a `write` that returned false. */
  drained(): void;
  /** The peer will send no more; it may still read. */
  ended(): void;
  /** The connection is gone; nothing follows. `error` where it did not end in peace. */
  closed(error?: TransportError): void;
}

/** Why a connection failed. `code` is one of a closed set; `detail` is for the operator. */
export interface TransportError {
  code: "connect" | "tls" | "reset";
  detail: string;
}

/** The two ends of a connection; addresses in text form. */
export interface Addresses {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** A TCP connection, plain or TLS, from either side. */
export interface Connection extends Addresses {
  receiver: Receiver;
  /** TLS version such as `TLSv1.3`, or undefined in clear. */
  readonly tlsVersion: string | undefined;
  /** The host that the client asked for by SNI, in lower case; known once it is `secured`. */
  readonly serverName: string | undefined;
  /**
   * What the client has shown, once it is `secured`; undefined where it was not asked. Read from the socket each time:
   * keep it only as long as it is needed.
   */
  readonly clientCertificate: ClientCertificate | undefined;
  /** Bytes written but not yet taken by the kernel. */
  readonly queuedBytes: number;
  /** Sends or queues all of it; false where something stayed in the queue (`drained` follows). */
  write(bytes: Uint8Array): boolean;
  pause(): void;
  resume(): void;
  /** From now on TCP asks after `seconds` of silence whether the other side is still there. */
  keepAlive(seconds: number): void;
  /**
   * Goes over to TLS once the queue is empty. What the peer sent in clear behind the switch is thrown away, but for
   * `head`, which is the beginning of its TLS: only where the listener `feedsTls`.
   */
  startTls(head?: Uint8Array): void;
  /** Half-close: flushes the queue, then says that no more comes. */
  end(): void;
  /** Closes at once; the queue is lost. `closed` follows unless the connection was closed already. */
  destroy(): void;
}

/** Certificate chain and key (PEM) of a listener. */
export interface ServerCertificate {
  cert: string;
  key: string;
}

/** A certificate whose key the client has proved to hold. Nothing else is known of it before `fault` is asked. */
export interface ClientCertificate {
  readonly der: Uint8Array;
  /** Why it is not to be believed, at the time of asking; undefined where it is. */
  readonly fault: ClientCertificateFault | undefined;
}

/** What a listener shows and asks under TLS. */
export interface ListenerTls {
  /** The first is for clients whose SNI fits none. */
  certificates: readonly ServerCertificate[];
  /** Clients are asked for a certificate. None, or a wrong one, does not end the handshake. */
  clientTrust?: ClientCertificateTrust;
  /** Somebody reads `serverName`: it must be right in resumed sessions too. */
  needsServerName?: boolean;
}

export interface ListenOptions extends ListenerTls {
  address: string;
  /** 0 takes a free port. */
  port: number;
  /** Other processes may listen on the port too (SO_REUSEPORT): the kernel spreads connections among them. */
  sharePort?: boolean;
  /** TLS with the first byte, or only by `startTls`; needs a certificate unless `none`. */
  tls: "none" | "starttls" | "implicit";
  /** The only protocol that a client may ask for by ALPN (RFC 7301); one that asks for none is taken. */
  alpn: string;
  /** Connections may be handed the beginning of their TLS by `startTls`. */
  feedsTls: boolean;
  /** Gives the receiver of a new connection; undefined refuses it. */
  accept(connection: Connection): Receiver | undefined;
}

export interface Listener {
  readonly port: number;
  /** New connections get these; those that are up keep theirs. Rejects, and keeps the old ones, where PEM is wrong. */
  replaceTls(tls: ListenerTls): Promise<void>;
  /** Stops accepting; live connections stay. */
  close(): Promise<void>;
}

/** How to verify a server that we connect to, and what to show it. Shared by all connections to it. */
export interface ClientTls {
  serverName: string;
  trust: ClientTrust;
}

/** One object for all servers that are trusted alike: TLS contexts are made once for each. */
export interface ClientTrust {
  /** CA certificates (PEM); by default those of the system. */
  ca?: string;
  verify: boolean;
  /** Client certificate. */
  certificate?: ServerCertificate;
  /** The only key that the server may have: base64 of the SHA-256 of its SubjectPublicKeyInfo. */
  pinnedKey?: string;
}

export interface ConnectOptions {
  host: string;
  port: number;
  /** Needed for implicit TLS and for `startTls`. */
  tls?: ClientTls;
  implicitTls: boolean;
  /** Sent first of all, in clear. */
  preface?: Uint8Array;
}

/** What an outgoing connection tells: `connected`, then `secured` where TLS is implicit, then the rest. */
export interface ConnectReceiver extends Receiver {
  /** TCP is up. */
  connected(): void;
}

/** All that the product asks of a runtime. */
export interface Transport {
  readonly name: string;
  /** Rejects with an error that names address and port when it cannot listen. */
  listen(options: ListenOptions): Promise<Listener>;
  /** Never throws: a failure arrives as `closed` with code `connect` or `tls`. */
  connect(options: ConnectOptions, receiver: ConnectReceiver): Connection;
}

/** The error of a `listen` that failed: one line that says which address, and why. */
export class ListenError extends Error {
  constructor(address: string, port: number, cause: unknown) {
    const code = (cause as { code?: string } | undefined)?.code;
    const why =
      code === "EADDRINUSE"
        ? "is in use"
        : code === "EACCES"
          ? "needs more privilege"
          : code === "EADDRNOTAVAIL"
            ? "is not an address of this machine"
            : `cannot be listened on: ${cause instanceof Error ? cause.message : String(cause)}`;
    super(`port ${port} on ${address} ${why}`);
  }
}
