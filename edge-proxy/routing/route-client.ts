import { Route, routePath, type Secret } from "../../route-api/contract.ts";
import type { Timed, TimerWheel } from "../timer-wheel.ts";
import type { Connection, ConnectReceiver, Transport, TransportError } from "../transport/transport.ts";
import { type HttpResponse, HttpResponseReader } from "./http-response.ts";

/** What the route API says of a login name. */
export type RouteAnswer =
  | { is: "route"; route: Route }
  | { is: "unknown" }
  | { is: "ambiguous" }
  /** No answer that can be used; `detail` is for the operator. */
  | { is: "unavailable"; detail: string };

export interface RouteClientOptions {
  transport: Transport;
  wheel: TimerWheel;
  url: string;
  token: Secret;
  /** Longest wait for an answer, in seconds. */
  lookupSeconds: number;
}

export interface RouteClient {
  lookup(login: string, done: (answer: RouteAnswer) => void): void;
  close(): void;
}

interface Request {
  login: string;
  done: (answer: RouteAnswer) => void;
  /** Sent once already, on a connection that the server had closed meanwhile. */
  repeated: boolean;
}

/** A pipelined keep-alive client (RFC 9112 section 9.3): one connection, answers in the order of the requests. */
export function createRouteClient(options: RouteClientOptions): RouteClient {
  let link: Link | undefined;
  const enqueue = (request: Request): void => {
    if (link === undefined || link.gone) link = new Link(options, enqueue);
    link.send(request);
  };
  return {
    lookup: (login, done) => enqueue({ login, done, repeated: false }),
    close: () => link?.fail("the edge is stopping"),
  };
}

const SYSTEM_TRUST = { verify: true };
const KEEP_ALIVE_SECONDS = 30;

/** One connection to the route API, with the requests that wait on it. */
class Link implements ConnectReceiver, Timed {
  due = -1;
  gone = false;
  readonly #options: RouteClientOptions;
  readonly #retry: (request: Request) => void;
  readonly #connection: Connection;
  readonly #reader = new HttpResponseReader();
  readonly #head: string;
  readonly #waiting: Request[] = [];
  #answered = 0;

  constructor(options: RouteClientOptions, retry: (request: Request) => void) {
    this.#options = options;
    this.#retry = retry;
    const url = new URL(options.url);
    const secure = url.protocol === "https:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    this.#head = `Host: ${url.host}\r\nAuthorization: Bearer ${options.token.reveal()}\r\nAccept: application/json\r\n\r\n`;
    this.#connection = options.transport.connect(
      {
        host,
        port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
        implicitTls: secure,
        ...(secure ? { tls: { serverName: host, trust: SYSTEM_TRUST } } : {}),
      },
      this,
    );
  }

  send(request: Request): void {
    if (this.#waiting.length === 0) this.#options.wheel.set(this, this.#options.lookupSeconds);
    this.#waiting.push(request);
    this.#connection.write(Buffer.from(`GET ${routePath(request.login)} HTTP/1.1\r\n${this.#head}`));
  }

  connected(): void {
    this.#connection.keepAlive(KEEP_ALIVE_SECONDS);
  }
  secured(): void {}
  drained(): void {}

  data(bytes: Uint8Array): void {
    try {
      this.#reader.append(bytes);
      for (let response = this.#reader.next(); response !== undefined; response = this.#reader.next()) {
        this.#settle(response);
        if (!response.keepAlive) this.ended();
        if (this.gone) return;
      }
    } catch (error) {
      this.fail(`the route API sent a wrong answer: ${(error as Error).message}`);
    }
  }

  ended(): void {
    this.closed();
  }

  closed(error?: TransportError): void {
    if (this.gone) return;
    // A server may close a connection that idled just as a request leaves: such a one may be sent again.
    const again = this.#answered > 0 ? this.#waiting.filter((request) => !request.repeated) : [];
    const rest = this.#waiting.filter((request) => !again.includes(request));
    this.#waiting.splice(0, this.#waiting.length, ...rest);
    this.fail(`the route API cannot be reached: ${error?.detail ?? "it closed the connection"}`);
    for (const request of again) this.#retry({ ...request, repeated: true });
  }

  expire(): void {
    this.fail(`the route API did not answer in ${this.#options.lookupSeconds} s`);
  }

  /** Gives up: all that wait hear that the API is out. */
  fail(detail: string): void {
    if (this.gone) return;
    this.gone = true;
    this.#options.wheel.clear(this);
    this.#connection.destroy();
    for (const request of this.#waiting.splice(0)) request.done({ is: "unavailable", detail });
  }

  #settle(response: HttpResponse): void {
    const request = this.#waiting.shift();
    if (request === undefined) {
      this.fail("the route API answered without being asked");
      return;
    }
    this.#answered++;
    if (this.#waiting.length === 0) this.#options.wheel.clear(this);
    else this.#options.wheel.set(this, this.#options.lookupSeconds);
    request.done(interpret(response));
  }
}

function interpret({ status, body }: HttpResponse): RouteAnswer {
  if (status === 404 || status === 409) {
    // Only the API's own word counts: a 404 of some other server in between must not make users unknown.
    const code = (parseJson(body) as { code?: unknown } | undefined)?.code;
    if (status === 404 && code === "unknown-user") return { is: "unknown" };
    if (status === 409 && code === "ambiguous-user") return { is: "ambiguous" };
  }
  if (status !== 200) return { is: "unavailable", detail: `the route API answered with status ${status}` };
  const route = Route.safeParse(parseJson(body));
  if (!route.success)
    return { is: "unavailable", detail: "the route API sent a route that breaks the contract" };
  return { is: "route", route: route.data };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8"));
  } catch {
    return undefined;
  }
}
