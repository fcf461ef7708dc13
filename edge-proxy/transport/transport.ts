import type { ClientCertificateFault } from "../x509/client-authorities.ts";
import type { ClientTrusts } from "../x509/vouching.ts";
import type { TicketSecret } from "./ticket-keys.ts";
import type { TlsPolicy } from "./tls-policy.ts";

/** Receives a connection's events. It may be replaced while the connection is open. */
export interface Receiver {
  data(bytes: Uint8Array): void;
  /** TLS is up: after `startTls`, and first of all where TLS is implicit. */
  secured(): void;
  /** The kernel has taken everything queued, after a `write` that returned false. */
  drained(): void;
  /** The peer will send no more; it may still read. */
  ended(): void;
  /** The connection is closed; nothing follows. `error` unless it was closed normally. */
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
  /** The host name that the client sent by SNI, in lower case; known once it is `secured`. */
  readonly serverName: string | undefined;
  /**
   * The certificate that the client presented, once it is `secured`; undefined where it was not asked for one. Read
   * from the socket each time: keep it only as long as needed.
   */
  readonly clientCertificate: ClientCertificate | undefined;
  /** Bytes written but not yet taken by the kernel. */
  readonly queuedBytes: number;
  /** Sends or queues all of it; false if something stayed in the queue (`drained` follows). */
  write(bytes: Uint8Array): boolean;
  /** The same for bytes as they came from a connection, which nobody reads again: their memory may be freed at once. */
  pass(bytes: Uint8Array): boolean;
  pause(): void;
  resume(): void;
  /** Turns on TCP keep-alive, with the first probe after `seconds` of silence. */
  keepAlive(seconds: number): void;
  /**
   * Switches to TLS once the queue is empty. Anything that the peer sent in clear after the switch is discarded, except
   * `head`, the beginning of its TLS (only where the listener `feedsTls`).
   */
  startTls(head?: Uint8Array): void;
  /** Flushes the queue, then half-closes. */
  end(): void;
  /** Closes at once and discards the queue. `closed` follows unless the connection was closed already. */
  destroy(): void;
}

/** Certificate chain and key (PEM) of a listener. */
export interface ServerCertificate {
  cert: string;
  key: string;
}

/** A certificate whose key the client has proved to hold; `fault` says whether to trust it. */
export interface ClientCertificate {
  readonly der: Uint8Array;
  /** Why it is not trusted at this moment; undefined if it is. */
  readonly fault: ClientCertificateFault | undefined;
  /** Virtual domains whose own CAs vouch for it; where there are none, those of the instance do. */
  readonly domains?: readonly string[];
}

/** TLS settings of a listener. */
export interface ListenerTls {
  /** The first is for clients whose SNI matches none. */
  certificates: readonly ServerCertificate[];
  policy?: TlsPolicy;
  /** Clients are asked for a certificate. A missing or untrusted one does not end the handshake. */
  clientTrusts?: ClientTrusts;
  /** `serverName` must be known in resumed sessions too. */
  needsServerName?: boolean;
  /** Shared by the processes that may resume each other's sessions, where the runtime can; by default none may. */
  tickets?: TicketSecret;
}

/**
 * A port that others may share (SO_REUSEPORT): the kernel distributes connections among all of its listeners. `claimed`
 * makes sure first that there is no other yet, which would be another program; `joined` shares it with whoever is there.
 */
export type PortSharing = "claimed" | "joined";

export interface ListenOptions extends ListenerTls {
  /** `::` is every address of both families; on a host without IPv6, every IPv4 address. */
  address: string;
  /** 0 takes a free port. */
  port: number;
  /** Whether other processes may listen on the port too; by default none may. */
  sharing?: PortSharing;
  /** TLS with the first byte, or only by `startTls`; needs a certificate unless `none`. */
  tls: "none" | "starttls" | "implicit";
  /** The only protocol that a client may request by ALPN (RFC 7301); a client without ALPN is accepted. */
  alpn: string;
  /** `startTls` may be given the beginning of the client's TLS. */
  feedsTls: boolean;
  /** Returns the receiver of a new connection, or undefined to refuse it. */
  accept(connection: Connection): Receiver | undefined;
}

export interface Listener {
  readonly port: number;
  /** Applies to new connections. Rejects, and keeps the old settings, where the PEM is invalid. */
  replaceTls(tls: ListenerTls): Promise<void>;
  /** Stops accepting; open connections stay open. */
  close(): Promise<void>;
}

/** How to verify a server, and which certificate to present to it. Shared by all connections to it. */
export interface ClientTls {
  serverName: string;
  trust: ClientTrust;
}

/** One object for all servers that are verified alike: each gets one TLS context. */
export interface ClientTrust {
  /** CA certificates (PEM); by default those of the system. */
  ca?: string;
  verify: boolean;
  policy?: TlsPolicy;
  /** Client certificate. */
  certificate?: ServerCertificate;
  /** The only key that is accepted from the server: base64 of the SHA-256 of its SubjectPublicKeyInfo. */
  pinnedKey?: string;
}

export interface ConnectOptions {
  host: string;
  port: number;
  /** Needed for implicit TLS and for `startTls`. */
  tls?: ClientTls | undefined;
  implicitTls: boolean;
  /** Sent first, before any TLS. */
  preface?: Uint8Array | undefined;
}

/** Receives the events of an outgoing connection: `connected`, then `secured` where TLS is implicit, then the rest. */
export interface ConnectReceiver extends Receiver {
  /** TCP is up. */
  connected(): void;
}

/** What the edge needs from a runtime. */
export interface Transport {
  readonly name: string;
  /** Rejects with an error that names address and port when it cannot listen. */
  listen(options: ListenOptions): Promise<Listener>;
  /** Never throws: a failure arrives as `closed` with code `connect` or `tls`, after this has returned. */
  connect(options: ConnectOptions, receiver: ConnectReceiver): Connection;
}

/** All addresses of a host, of both families; and of IPv4 alone. */
const ANY_ADDRESS = "::";
const ANY_IPV4 = "0.0.0.0";

/** What a listen on `::` fails with on a kernel without IPv6. Bun gives no code. */
const WITHOUT_IPV6: readonly unknown[] = ["EAFNOSUPPORT", "EADDRNOTAVAIL", undefined];

/** The address to listen on after a listen has failed: that of IPv4 alone if the host has no IPv6; undefined if there is none. */
export const fallbackAddress = (address: string, error: unknown): string | undefined =>
  address === ANY_ADDRESS && WITHOUT_IPV6.includes((error as { code?: string } | undefined)?.code)
    ? ANY_IPV4
    : undefined;

/** A `listen` that failed: one line with address, port and reason. */
export class ListenError extends Error {
  constructor(address: string, port: number, cause: unknown) {
    const code = (cause as { code?: string } | undefined)?.code;
    const why =
      code === "EADDRINUSE"
        ? "is in use"
        : code === "EACCES"
          ? "needs elevated privileges"
          : code === "EADDRNOTAVAIL"
            ? "cannot be used: this host does not have the address"
            : `cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
    super(`port ${port} on ${address} ${why}`);
  }
}
