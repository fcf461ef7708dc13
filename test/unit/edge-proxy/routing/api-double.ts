import type { ApiAddress } from "../../../../edge-proxy/api-client/addresses.ts";
import type { RouteAnswer } from "../../../../edge-proxy/api-client/answers.ts";
import type { Timed, Timers } from "../../../../edge-proxy/timer-wheel.ts";
import type {
  Connection,
  ConnectOptions,
  ConnectReceiver,
  Transport,
} from "../../../../edge-proxy/transport/transport.ts";
import { Route } from "../../../../route-api/contract/routes.ts";

/** A wheel that a test turns. */
export class HandWheel implements Timers {
  nowMs = 0;
  readonly #items = new Map<Timed, number>();

  set(item: Timed, seconds: number): void {
    this.#items.set(item, this.nowMs + seconds * 1000);
  }

  clear(item: Timed): void {
    this.#items.delete(item);
  }

  get waiting(): number {
    return this.#items.size;
  }

  /** Time passes; what is due expires in order. */
  turn(seconds: number): void {
    const endMs = this.nowMs + seconds * 1000;
    for (;;) {
      const [item, dueMs] = [...this.#items].sort(([, a], [, b]) => a - b)[0] ?? [];
      if (item === undefined || dueMs === undefined || dueMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.#items.delete(item);
      item.expire();
    }
    this.nowMs = endMs;
  }
}

/** How clients of tests pool their connections; their routes bring nothing along. */
export const POOL = { links: 8, depth: 16, attributes: [] };

/** One connection that the code under test opened; the test is the server. */
export class FakeConnection {
  readonly host: string;
  readonly receiver: ConnectReceiver;
  /** Paths of the requests that have no answer yet. */
  readonly requests: string[] = [];
  readonly heads: string[] = [];
  /** Of POSTs and PUTs. */
  readonly bodies: unknown[] = [];
  closed = false;

  constructor(host: string, receiver: ConnectReceiver) {
    this.host = host;
    this.receiver = receiver;
  }

  accept(): this {
    this.receiver.connected();
    return this;
  }

  /** Answers the oldest request. */
  answer(status: number, body: unknown, headers = ""): void {
    this.requests.shift();
    const json = JSON.stringify(body);
    this.receiver.data(
      Buffer.from(
        `HTTP/1.1 ${status} X\r\nContent-Length: ${Buffer.byteLength(json)}\r\n${headers}\r\n${json}`,
      ),
    );
  }

  close(): void {
    this.closed = true;
    this.receiver.closed();
  }

  refuse(): void {
    this.closed = true;
    this.receiver.closed({ code: "connect", detail: "refused" });
  }

  write(bytes: Uint8Array): boolean {
    for (let rest = Buffer.from(bytes).toString(); rest !== ""; ) {
      const end = rest.indexOf("\r\n\r\n");
      const head = rest.slice(0, end);
      const length = Number(/\r\nContent-Length: (\d+)/.exec(head)?.[1] ?? 0);
      const body = Buffer.from(rest.slice(end + 4))
        .subarray(0, length)
        .toString();
      this.requests.push(/^(?:GET|POST|PUT) (\S+) HTTP\/1.1\r\n/.exec(head)?.[1] ?? `not a request: ${head}`);
      this.heads.push(head);
      if (/^(?:POST|PUT) /.test(head)) this.bodies.push(JSON.parse(body));
      rest = rest.slice(end + 4 + body.length);
    }
    return true;
  }
}

/** A transport without a network: `connections` are those that were opened, in order. */
export function fakeTransport(): {
  transport: Transport;
  connections: FakeConnection[];
  last(): FakeConnection;
} {
  const connections: FakeConnection[] = [];
  const transport: Transport = {
    name: "fake",
    listen: () => Promise.reject(new Error("a fake does not listen")),
    connect({ host }: ConnectOptions, receiver: ConnectReceiver): Connection {
      const fake = new FakeConnection(host, receiver);
      connections.push(fake);
      return {
        receiver,
        remoteAddress: host,
        remotePort: 1,
        localAddress: "",
        localPort: 1,
        tlsVersion: undefined,
        serverName: undefined,
        clientCertificate: undefined,
        queuedBytes: 0,
        write: (bytes) => fake.write(bytes),
        pass: (bytes) => fake.write(bytes),
        pause() {},
        resume() {},
        keepAlive() {},
        startTls() {},
        end() {},
        destroy: () => {
          fake.closed = true;
        },
      };
    },
  };
  const last = (): FakeConnection => {
    const connection = connections.at(-1);
    if (connection === undefined) throw new Error("nothing was connected");
    return connection;
  };
  return { transport, connections, last };
}

export const address = (host: string): ApiAddress => ({
  connect: { host, port: 80, implicitTls: false },
  basePath: "",
  head: `Host: ${host}\r\n\r\n`,
});

export const aRoute = (account: string, more: Partial<Route> = {}): Route =>
  Route.parse({ account, uuid: `uuid of ${account}`, mailHost: ["store1"], version: "1", ...more });

export const routeAnswer = (account: string, more: Partial<Route> = {}): RouteAnswer => ({
  is: "route",
  route: aRoute(account, more),
});

/** What a waiter heard, in a word. */
export const said = (answer: RouteAnswer): string =>
  answer.is === "route" ? `${answer.route.account} on ${answer.route.mailHost[0]}` : answer.is;
