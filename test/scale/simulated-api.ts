import type { Connection, ConnectReceiver, Transport } from "../../edge-proxy/transport/transport.ts";
import { Route } from "../../route-api/contract/routes.ts";
import type { EventClock } from "./event-clock.ts";

/** What a route API was asked, by the kind of request. */
export type Asked = "connection" | "look-up" | "poll";

/** Time for a connection, and for an answer, in seconds. */
const ANSWER_SECONDS = 0.002;

/** A route API in virtual time, for any number of edges. It knows every name, and nothing ever changes. */
export class SimulatedApi {
  readonly transport: Transport;
  isUp = true;
  readonly #clock: EventClock;
  readonly #asked: (what: Asked) => void;
  readonly #open = new Set<ConnectReceiver>();

  /** `asked` hears of each request, also of connections that are refused. */
  constructor(clock: EventClock, asked: (what: Asked) => void) {
    this.#clock = clock;
    this.#asked = asked;
    this.transport = {
      name: "simulated",
      listen: () => Promise.reject(new Error("nothing listens here")),
      connect: ({ host }, receiver) => this.#connect(host, receiver),
    };
  }

  /** Closes every connection, and refuses new ones. */
  stop(): void {
    this.isUp = false;
    const open = [...this.#open];
    this.#open.clear();
    for (const receiver of open) receiver.closed();
  }

  #connect(host: string, receiver: ConnectReceiver): Connection {
    this.#asked("connection");
    this.#clock.after(ANSWER_SECONDS, () => {
      if (!this.isUp) return receiver.closed({ code: "connect", detail: "refused" });
      this.#open.add(receiver);
      receiver.connected();
    });
    return {
      receiver,
      remoteAddress: host,
      remotePort: 80,
      localAddress: "",
      localPort: 1,
      tlsVersion: undefined,
      serverName: undefined,
      clientCertificate: undefined,
      queuedBytes: 0,
      write: (bytes) => this.#read(receiver, Buffer.from(bytes).toString()),
      pass: (bytes) => this.#read(receiver, Buffer.from(bytes).toString()),
      pause() {},
      resume() {},
      keepAlive() {},
      startTls() {},
      end() {},
      destroy: () => void this.#open.delete(receiver),
    };
  }

  #read(receiver: ConnectReceiver, text: string): boolean {
    for (const [, path = ""] of text.matchAll(/GET (\S+) HTTP/g)) {
      const poll = /^\/v1\/changes\?(?:after=\S+&)?wait=([\d.]+)$/.exec(path)?.[1];
      this.#asked(poll === undefined ? "look-up" : "poll");
      const body = poll === undefined ? routeOf(path) : { cursor: "1.a.1", gap: false, changes: [] };
      this.#clock.after(ANSWER_SECONDS + Number(poll ?? 0), () => {
        if (!this.#open.has(receiver)) return;
        const json = JSON.stringify(body);
        receiver.data(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${json.length}\r\n\r\n${json}`));
      });
    }
    return true;
  }
}

const routeOf = (path: string): Route => {
  const account = decodeURIComponent(path.replace("/v1/routes/", ""));
  return Route.parse({ account, uuid: account, mailHost: ["store1"], version: "1" });
};
