import {
  type Connection,
  type ConnectOptions,
  type ConnectReceiver,
  ListenError,
  type Listener,
  type ListenerTls,
  type ListenOptions,
  type Receiver,
  type Transport,
  type TransportError,
} from "../../../../edge-proxy/transport/transport.ts";

const NOBODY: Receiver = { data() {}, secured() {}, drained() {}, ended() {}, closed() {} };

/** What a test says of a connection beforehand. */
export type WireFacts = Partial<
  Pick<
    Connection,
    | "remoteAddress"
    | "remotePort"
    | "localAddress"
    | "localPort"
    | "tlsVersion"
    | "serverName"
    | "clientCertificate"
  >
>;

/** A connection without a network: keeps what is written to it, and lets a test play the peer. */
export class Wire implements Connection {
  receiver: Receiver;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly tlsVersion: string | undefined;
  readonly serverName: string | undefined;
  readonly clientCertificate: Connection["clientCertificate"];
  queuedBytes = 0;
  /** The peer takes what is written; what it does not take is queued. */
  open = true;
  sent = "";
  /** What was asked of the connection beside writes, in order. */
  readonly calls: string[] = [];
  /** What `startTls` was handed of the peer's TLS. */
  tlsHead = "";

  constructor(facts: WireFacts = {}, receiver: Receiver = NOBODY) {
    this.receiver = receiver;
    this.remoteAddress = facts.remoteAddress ?? "192.0.2.7";
    this.remotePort = facts.remotePort ?? 55_812;
    this.localAddress = facts.localAddress ?? "10.0.0.1";
    this.localPort = facts.localPort ?? 143;
    this.tlsVersion = facts.tlsVersion;
    this.serverName = facts.serverName;
    this.clientCertificate = facts.clientCertificate;
  }

  write(bytes: Uint8Array): boolean {
    this.sent += Buffer.from(bytes).toString("latin1");
    if (!this.open) this.queuedBytes += bytes.length;
    return this.open;
  }
  /** Whoever reads them again finds none of them. */
  pass(bytes: Uint8Array): boolean {
    const passed = this.write(bytes);
    if (passed) bytes.fill(0);
    return passed;
  }
  pause = (): void => void this.calls.push("pause");
  resume = (): void => void this.calls.push("resume");
  keepAlive = (seconds: number): void => void this.calls.push(`keep alive ${seconds}`);
  startTls(head?: Uint8Array): void {
    this.calls.push("startTls");
    this.tlsHead = Buffer.from(head ?? []).toString("latin1");
  }
  end = (): void => void this.calls.push("end");
  destroy(): void {
    this.calls.push("destroy");
    this.receiver.closed();
  }

  /** What was written since this was last asked. */
  heard(): string {
    const { sent } = this;
    this.sent = "";
    return sent;
  }

  /** The peer sends, piece by piece. */
  says(...pieces: string[]): void {
    for (const piece of pieces) this.receiver.data(Buffer.from(piece, "latin1"));
  }

  /** The peer takes what was queued. */
  drain(): void {
    this.open = true;
    this.queuedBytes = 0;
    this.receiver.drained();
  }

  /** The connection breaks. */
  breaks(code: TransportError["code"] = "reset", detail = "broken"): void {
    this.receiver.closed({ code, detail });
  }
}

/** A connection that the code under test has opened. */
export class OutgoingWire extends Wire {
  readonly options: ConnectOptions;
  readonly #opener: ConnectReceiver;

  constructor(options: ConnectOptions, opener: ConnectReceiver) {
    super({ remoteAddress: options.host, remotePort: options.port }, opener);
    this.options = options;
    this.#opener = opener;
  }

  /** TCP is up. */
  accepts(): this {
    this.#opener.connected();
    return this;
  }
}

/** A listener that the code under test has opened. */
export class FakeListener implements Listener {
  readonly port: number;
  readonly options: ListenOptions;
  /** What `replaceTls` was told last. */
  tls: ListenerTls;
  open = true;

  constructor(options: ListenOptions, port: number) {
    this.options = options;
    this.tls = options;
    this.port = port;
  }
  replaceTls(tls: ListenerTls): Promise<void> {
    if (tls.certificates.some(({ cert }) => cert === "broken")) return Promise.reject(new Error("broken"));
    this.tls = tls;
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.open = false;
    return Promise.resolve();
  }

  /** A client connects; false where nobody takes it, as at a transport that then closes it. */
  connects(wire: Wire): boolean {
    const receiver = this.options.accept(wire);
    if (receiver !== undefined) wire.receiver = receiver;
    return receiver !== undefined;
  }
}

/** A transport without a network. */
export class FakeTransport implements Transport {
  readonly name = "fake";
  readonly connections: OutgoingWire[] = [];
  readonly listeners: FakeListener[] = [];
  /** Ports that somebody else listens at. */
  readonly taken = new Set<number>();
  #freePort = 40_000;

  listen(options: ListenOptions): Promise<Listener> {
    const { address, port } = options;
    const inUse = this.taken.has(port) || this.listeners.some((other) => other.open && other.port === port);
    if (inUse) return Promise.reject(new ListenError(address, port, { code: "EADDRINUSE" }));
    const listener = new FakeListener(options, port === 0 ? ++this.#freePort : port);
    this.listeners.push(listener);
    return Promise.resolve(listener);
  }

  connect(options: ConnectOptions, receiver: ConnectReceiver): Connection {
    const connection = new OutgoingWire(options, receiver);
    this.connections.push(connection);
    return connection;
  }

  /** The connection that was opened last. */
  get last(): OutgoingWire {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error("nothing was connected");
    return connection;
  }
}
