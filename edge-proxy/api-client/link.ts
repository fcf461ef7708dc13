import type { Timed, Timers } from "../timer-wheel.ts";
import type { Connection, ConnectReceiver, Transport, TransportError } from "../transport/transport.ts";
import type { ApiAddress } from "./addresses.ts";
import { type HttpResponse, HttpResponseReader } from "./http-response.ts";

/** One GET, or a POST where there is a body. It hears of either, once. */
export interface ApiExchange {
  /** In place of POST. */
  readonly method?: "PUT";
  /** Path and query. */
  readonly path: string;
  /** JSON. */
  readonly body: string | undefined;
  /** The API must read consistently, not from a replica that may lag. */
  readonly certain: boolean;
  /** Of the session that it is for. */
  readonly sid?: string | undefined;
  answered(response: HttpResponse): void;
  failed(fault: LinkFault): void;
}

export interface LinkFault {
  /** For the operator. */
  detail: string;
  kind: /** The API cannot be reached, or is silent. */
    | "lost"
    /**
     * It closed a connection that had served before, perhaps while the request was on its way: not its fault. Or it
     * closed one with several requests on it, as servers do that do not pipeline.
     */
    | "closed"
    /** It closed with the response to an earlier request, and has not read this one (RFC 9112, section 9.6). */
    | "unread"
    /** Its response is malformed or too large. */
    | "malformed";
}

/** Silence before TCP probes whether the API is still there, in seconds. */
const KEEP_ALIVE_SECONDS = 30;

export interface LinkOptions {
  transport: Transport;
  timers: Timers;
  /** Longest body of a response, in bytes. */
  bodyBytes: number;
  /** Where nothing arrives for this long after a request was abandoned, the server is gone; in seconds. */
  silentSeconds: number;
}

/**
 * One keep-alive connection with pipelined requests (RFC 9112, section 9.3.2): responses come in the order of the
 * requests. The response to an abandoned request keeps its place in that order.
 */
export class ApiLink implements ConnectReceiver, Timed {
  due = -1;
  gone = false;
  /** The server closed it with several requests on it. */
  closedOnSeveral = false;
  /** Abandoned requests whose responses are still to come. */
  abandoned = 0;
  readonly #address: ApiAddress;
  readonly #options: LinkOptions;
  readonly #freed: () => void;
  readonly #connection: Connection;
  readonly #reader: HttpResponseReader;
  /** Requests without a response; undefined where one was abandoned. */
  readonly #waiting: (ApiExchange | undefined)[] = [];
  #ready = false;
  #closing = false;
  #answered = 0;

  /** `freed` is called when there is room for another request, and when the connection is gone with those that `load` counts. */
  constructor(address: ApiAddress, options: LinkOptions, freed: () => void) {
    this.#address = address;
    this.#options = options;
    this.#freed = freed;
    this.#reader = new HttpResponseReader(options.bodyBytes);
    this.#connection = options.transport.connect(address.connect, this);
  }

  /** True where it takes further requests. */
  get usable(): boolean {
    return !this.gone && !this.#closing;
  }

  /** Requests without a response. */
  get load(): number {
    return this.#waiting.length;
  }

  send(exchange: ApiExchange): void {
    this.#waiting.push(exchange);
    if (this.#ready) this.#write(exchange);
  }

  /** The exchange is not told what becomes of it. */
  abandon(exchange: ApiExchange): void {
    const at = this.#waiting.indexOf(exchange);
    if (at < 0) return;
    this.#waiting[at] = undefined;
    this.abandoned++;
    // Nothing was sent: there is no order to keep.
    if (!this.#ready) this.fail("lost", "it did not accept the connection");
    else if (this.abandoned === 1) this.#expectAnswer();
  }

  connected(): void {
    this.#connection.keepAlive(KEEP_ALIVE_SECONDS);
    if (!this.#address.connect.implicitTls) this.#begin();
  }

  secured(): void {
    this.#begin();
  }

  drained(): void {}

  data(bytes: Uint8Array): void {
    if (this.gone) return;
    this.#reader.append(bytes);
    for (let response = this.#next(); response !== undefined; response = this.#next()) {
      this.#closing = !response.keepAlive;
      this.#settle(response);
      if (this.#closing) this.fail("unread", "it closed the connection");
      if (this.gone) return;
    }
    if (this.abandoned === 0) this.#options.timers.clear(this);
  }

  ended(): void {
    this.closed();
  }

  closed(error?: TransportError): void {
    const detail = `connection failed: ${error?.detail ?? "it closed the connection"}`;
    this.closedOnSeveral = this.#ready && this.load > 1;
    this.fail(this.#answered > 0 || this.closedOnSeveral ? "closed" : "lost", detail);
  }

  expire(): void {
    this.fail("lost", `no response for ${this.#options.silentSeconds} s`);
  }

  /** Closes; every waiting exchange is told why. */
  fail(kind: LinkFault["kind"], detail: string): void {
    if (this.gone) return;
    this.gone = true;
    this.#options.timers.clear(this);
    this.#connection.destroy();
    this.#freed();
    for (const exchange of this.#waiting.splice(0)) exchange?.failed({ kind, detail });
  }

  /** Sends what waits: not before TLS is up, or it would go out in clear. */
  #begin(): void {
    this.#ready = true;
    for (const exchange of this.#waiting) if (exchange !== undefined) this.#write(exchange);
  }

  #write({ path, body, certain, method, sid }: ApiExchange): void {
    const { basePath, head } = this.#address;
    const session = sid === undefined ? "" : `X-Session-Id: ${sid}\r\n`;
    const cache = certain ? `Cache-Control: no-cache\r\n${session}` : session;
    const request =
      body === undefined
        ? `GET ${basePath}${path} HTTP/1.1\r\n${cache}${head}`
        : `${method ?? "POST"} ${basePath}${path} HTTP/1.1\r\n${cache}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${head}${body}`;
    this.#connection.write(Buffer.from(request));
  }

  #next(): HttpResponse | undefined {
    try {
      return this.#reader.next();
    } catch (error) {
      this.fail("malformed", `malformed response: ${(error as Error).message}`);
      return undefined;
    }
  }

  #expectAnswer(): void {
    this.#options.timers.set(this, this.#options.silentSeconds);
  }

  #settle(response: HttpResponse): void {
    if (this.#waiting.length === 0) return this.fail("malformed", "a response without a request");
    const exchange = this.#waiting.shift();
    this.#answered++;
    if (exchange === undefined) this.abandoned--;
    if (this.abandoned > 0) this.#expectAnswer();
    exchange?.answered(response);
    this.#freed();
  }
}
