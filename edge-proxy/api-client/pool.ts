import { Fifo } from "../fifo.ts";
import type { ApiAddress } from "./addresses.ts";
import { type ApiExchange, ApiLink, type LinkOptions } from "./link.ts";

export interface PoolOptions extends LinkOptions {
  /** Requests in flight on one connection. A server may handle them one after the other. */
  depth: number;
  /** Connections to one address. */
  links: number;
}

/**
 * How long a server that closed a connection with several requests on it is sent one at a time, in milliseconds. Bun's
 * closes it when the second arrives before it has answered the first (against RFC 9112, section 9.3.2).
 */
const ALONE_MS = 600_000;

/** The connections to one address of the route API; requests that find no room on them are queued. */
export class ApiPool {
  readonly #address: ApiAddress;
  readonly #options: PoolOptions;
  readonly #links: ApiLink[] = [];
  readonly #queue = new Fifo<ApiExchange>();
  /** A connection was lost with requests on it: each takes one at a time until one responds and stays open. */
  #wary = false;
  #aloneUntilMs = Number.NEGATIVE_INFINITY;

  constructor(address: ApiAddress, options: PoolOptions) {
    this.#address = address;
    this.#options = options;
  }

  send(exchange: ApiExchange): void {
    const link = this.#queue.size === 0 ? this.#freeLink() : undefined;
    if (link === undefined) this.#queue.add(exchange);
    else link.send(exchange);
  }

  /** The exchange is not told what becomes of it. */
  abandon(exchange: ApiExchange): void {
    if (this.#queue.delete(exchange)) return;
    for (const link of [...this.#links]) link.abandon(exchange);
  }

  /** Closes every connection; every waiting exchange is told why. */
  close(detail: string): void {
    // First of all, or those that wait would be sent on connections about to close.
    for (let rest = this.#queue.take(); rest !== undefined; rest = this.#queue.take()) {
      rest.failed({ kind: "lost", detail });
    }
    for (const link of this.#links.splice(0)) link.fail("lost", detail);
  }

  #pump(): void {
    while (this.#queue.size > 0) {
      const link = this.#freeLink();
      const next = link === undefined ? undefined : this.#queue.take();
      if (next === undefined) return;
      link?.send(next);
    }
  }

  /**
   * The connection with the fewest requests. Behind an abandoned request others would wait as well; and a server that
   * closes with its first response may lose even that one where more was sent (RFC 9112, section 9.3.2).
   */
  #freeLink(): ApiLink | undefined {
    const { timers, depth: most } = this.#options;
    const depth = this.#wary || timers.nowMs < this.#aloneUntilMs ? 1 : most;
    let best: ApiLink | undefined;
    for (const link of this.#links) {
      if (!link.usable || link.abandoned > 0 || link.load >= depth) continue;
      if (best === undefined || link.load < best.load) best = link;
    }
    return best ?? (this.#links.length < this.#options.links ? this.#open() : undefined);
  }

  #open(): ApiLink {
    const link = new ApiLink(this.#address, this.#options, () => {
      if (link.gone) this.#lose(link);
      else if (link.usable) this.#wary = false;
      this.#pump();
    });
    this.#links.push(link);
    return link;
  }

  #lose(link: ApiLink): void {
    if (link.load > 0) this.#wary = true;
    if (link.closedOnSeveral) this.#aloneUntilMs = this.#options.timers.nowMs + ALONE_MS;
    const at = this.#links.indexOf(link);
    if (at >= 0) this.#links.splice(at, 1);
  }
}
