import { CLAIMS_PATH, type ClaimsRequest } from "../../route-api/contract/claims.ts";
import { HOLDS_PATH } from "../../route-api/contract/holds.ts";
import { PRE_AUTHENTICATIONS_PATH } from "../../route-api/contract/pre-authentications.ts";
import { routePath } from "../../route-api/contract/routes.ts";
import type { RouteSearch } from "../../route-api/contract/search.ts";
import { SEARCH_PATH } from "../../route-api/contract/search.ts";
import type { Timed, Timers } from "../timer-wheel.ts";
import type { Transport } from "../transport/transport.ts";
import type { ApiAddress } from "./addresses.ts";
import {
  type ClaimsAnswer,
  type HoldsAnswer,
  type PreAuthAnswer,
  type ReadResponse,
  type RouteAnswer,
  readClaimsAnswer,
  readHoldsAnswer,
  readPreAuthAnswer,
  readRouteAnswer,
  type Unavailable,
} from "./answers.ts";
import { ApiChoice, type ApiPlace } from "./choice.ts";
import { type RouteCircuit, routeCircuit } from "./circuit.ts";
import type { RouteCounters } from "./counters.ts";
import type { HttpResponse } from "./http-response.ts";
import type { ApiExchange, LinkFault } from "./link.ts";
import { ApiPool } from "./pool.ts";
import type { ReportRouting } from "./routing-event.ts";

/** One request. It is answered once, by its deadline. */
export interface ApiRequest<A> {
  /** The API must read consistently: the answer must have a change that was just announced. */
  readonly certain: boolean;
  /** In milliseconds of the timers' clock. */
  readonly deadlineMs: number;
  /** Of the session that waits, for the API's log. */
  readonly sid?: string | undefined;
  answered(answer: A | Unavailable): void;
}

/** Where is a mailbox? */
export interface RouteRequest extends ApiRequest<RouteAnswer> {
  /** A login name, or a search that fits one entry. */
  readonly wanted: string | RouteSearch;
}

/** Is this the user's password? */
export interface PreAuthRequest extends ApiRequest<PreAuthAnswer> {
  /** The user's entry. */
  readonly uuid: string;
  readonly password: string;
}

/** Who claims a name? */
export interface ClaimsQuestion extends ApiRequest<ClaimsAnswer> {
  readonly wanted: ClaimsRequest;
}

export interface RouteClientOptions {
  transport: Transport;
  timers: Timers;
  /** One, or several that serve alike. */
  addresses: readonly ApiAddress[];
  /** Longest time of a request, in seconds. */
  lookupSeconds: number;
  /** Connections to each address, and requests in flight on one. */
  links: number;
  depth: number;
  /** Attributes of the entry that routes must include. */
  attributes: readonly string[];
  circuitFailures: number;
  circuitOpenSeconds: number;
  recoverySeconds: number;
  counters: RouteCounters;
  report: ReportRouting;
  /** Returns a number from 0 to 1. */
  random: () => number;
}

/** Largest body of a response. A route has a few hundred bytes; the largest that the route store takes have 180,000. */
const BODY_BYTES = 262_144;

const TOO_LATE: Unavailable = { is: "unavailable", detail: "the route API did not answer in time" };
const PAUSED: Unavailable = {
  is: "unavailable",
  detail: "the route API is unavailable; look-ups are paused",
};

/** Asks the route API. A request ends by its deadline, whatever the addresses do. */
export class RouteClient {
  readonly timers: Timers;
  readonly choice: ApiChoice;
  /** No further address is asked. */
  closing = false;
  /** Until then only what somebody waits for is asked: the API has just come back, and every edge has something to ask. */
  recoversUntilMs = Number.NEGATIVE_INFINITY;
  readonly #options: RouteClientOptions;
  readonly #circuit: RouteCircuit;
  /** Goes behind the path of a look-up. */
  readonly #query: string;

  constructor(options: RouteClientOptions) {
    const { transport, timers, addresses, lookupSeconds, links, depth, attributes, random } = options;
    const pool = {
      transport,
      timers,
      bodyBytes: BODY_BYTES,
      silentSeconds: lookupSeconds,
      links,
      depth,
    };
    const pools = addresses.map((address) => new ApiPool(address, pool));
    this.#query = attributes.length === 0 ? "" : `?attributes=${attributes.join(",")}`;
    this.timers = timers;
    this.choice = new ApiChoice(pools, timers, random);
    this.#options = options;
    this.#circuit = routeCircuit(options.circuitFailures, options.circuitOpenSeconds * 1000, random);
  }

  lookup(request: RouteRequest): void {
    const { wanted } = request;
    if (typeof wanted === "string") {
      this.#ask(request, routePath(wanted) + this.#query, undefined, readRouteAnswer);
      return;
    }
    const { attributes } = this.#options;
    const body = attributes.length === 0 ? wanted : { ...wanted, attributes };
    this.#ask(request, SEARCH_PATH, JSON.stringify(body), readRouteAnswer);
  }

  preAuthenticate(request: PreAuthRequest): void {
    const { uuid, password } = request;
    this.#ask(request, PRE_AUTHENTICATIONS_PATH, JSON.stringify({ uuid, password }), readPreAuthAnswer);
  }

  claims(request: ClaimsQuestion): void {
    this.#ask(request, CLAIMS_PATH, JSON.stringify(request.wanted), readClaimsAnswer);
  }

  holds(request: ApiRequest<HoldsAnswer>): void {
    this.#ask(request, HOLDS_PATH, undefined, readHoldsAnswer);
  }

  #ask<A extends Answer>(
    request: ApiRequest<A>,
    path: string,
    body: string | undefined,
    read: ReadResponse<A>,
  ): void {
    const { nowMs } = this.timers;
    if (request.deadlineMs <= nowMs) request.answered(TOO_LATE);
    else if (this.#circuit.admits(nowMs)) new Attempt(this, request, path, body, read).next(TOO_LATE);
    else request.answered(PAUSED);
  }

  /** Closes the connections; a later look-up opens them again. */
  close(): void {
    this.closing = true;
    for (const { pool } of this.choice.places) pool.close("the edge closed the connection");
    this.closing = false;
  }

  /** An address answered. */
  answered(place: ApiPlace): void {
    this.choice.answered(place);
    if (!this.#circuit.succeeded()) return;
    const { recoverySeconds, random, report } = this.#options;
    this.recoversUntilMs = this.timers.nowMs + recoverySeconds * (0.5 + random() / 2) * 1000;
    report({ is: "circuit-closed" });
  }

  /** No address answered a request. */
  failed(detail: string): void {
    // That the edge itself closes its connections is not a failure of the API.
    if (this.closing || !this.#circuit.failed(this.timers.nowMs)) return;
    this.#options.counters.circuitOpens++;
    this.#options.report({ is: "circuit-open", detail });
  }
}

interface Answer {
  is: string;
}

/** One request on its way from address to address. */
class Attempt<A extends Answer> implements ApiExchange, Timed {
  due = -1;
  readonly path: string;
  readonly body: string | undefined;
  readonly certain: boolean;
  readonly sid: string | undefined;
  readonly #client: RouteClient;
  readonly #request: ApiRequest<A>;
  readonly #read: ReadResponse<A>;
  readonly #tried: ApiPlace[] = [];
  #place: ApiPlace | undefined;
  #sentAgain = false;

  constructor(
    client: RouteClient,
    request: ApiRequest<A>,
    path: string,
    body: string | undefined,
    read: ReadResponse<A>,
  ) {
    this.#client = client;
    this.#request = request;
    this.path = path;
    this.body = body;
    this.certain = request.certain;
    this.sid = request.sid;
    this.#read = read;
  }

  /** Asks another address, for its equal share of the time that is left; answers with `last` where there is none. */
  next(last: Unavailable): void {
    const { choice, timers, closing } = this.#client;
    const leftMs = this.#request.deadlineMs - timers.nowMs;
    const place = leftMs > 0 && !closing ? choice.next(this.#tried) : undefined;
    if (place === undefined) return this.#request.answered(last);
    timers.set(this, leftMs / 1000 / (choice.places.length - this.#tried.length));
    this.#tried.push(place);
    this.#place = place;
    this.#sentAgain = false;
    place.pool.send(this);
  }

  answered(response: HttpResponse): void {
    this.#client.timers.clear(this);
    const { answer, judged } = this.#read(response);
    if (!judged && isUnavailable(answer)) return this.#addressFailed(answer);
    if (this.#place !== undefined) this.#client.answered(this.#place);
    if (isUnavailable(answer)) this.next(answer);
    else this.#request.answered(answer);
  }

  failed({ kind, detail }: LinkFault): void {
    if (kind === "unread" || (kind === "closed" && !this.#sentAgain)) {
      this.#sentAgain ||= kind === "closed";
      this.#place?.pool.send(this);
      return;
    }
    this.#client.timers.clear(this);
    this.#addressFailed({ is: "unavailable", detail: `the route API failed: ${detail}` });
  }

  expire(): void {
    this.#place?.pool.abandon(this);
    this.#addressFailed(TOO_LATE);
  }

  #addressFailed(answer: Unavailable): void {
    const { choice, timers } = this.#client;
    if (this.#place !== undefined) choice.failed(this.#place);
    const isLast = this.#tried.length === choice.places.length || this.#request.deadlineMs <= timers.nowMs;
    if (isLast) this.#client.failed(answer.detail);
    this.next(answer);
  }
}

const isUnavailable = (answer: Answer): answer is Unavailable => answer.is === "unavailable";
