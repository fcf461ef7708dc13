import type { ApiAddress } from "./api-address.ts";
import { type ApiExchange, ApiLink, type LinkOptions } from "./api-link.ts";

export interface PoolOptions extends LinkOptions {
  /** Requests under way on one connection. A server may handle them one after the other. */
  depth: number;
  /** Connections to one address. */
  links: number;
}

/** The connections to one address of the route API; what finds no room on them waits in order. */
export class ApiPool {
  readonly #address: ApiAddress;
  readonly #options: PoolOptions;
  readonly #links: ApiLink[] = [];
  readonly #queue = new Set<ApiExchange>();

  constructor(address: ApiAddress, options: PoolOptions) {
    this.#address = address;
    this.#options = options;
  }

  send(exchange: ApiExchange): void {
    this.#queue.add(exchange);
    this.#pump();
  }

  /** The exchange hears no more. */
  abandon(exchange: ApiExchange): void {
    if (this.#queue.delete(exchange)) return;
    for (const link of [...this.#links]) link.abandon(exchange);
  }

  /** Closes every connection; all that wait hear why. */
  close(detail: string): void {
    for (const link of this.#links.splice(0)) link.fail("lost", detail);
    for (const exchange of this.#queue) {
      this.#queue.delete(exchange);
      exchange.failed({ kind: "lost", detail });
    }
  }

  #pump(): void {
    for (const exchange of this.#queue) {
      const link = this.#freeLink();
      if (link === undefined) return;
      this.#queue.delete(exchange);
      link.send(exchange);
    }
  }

  /** The connection with the least to do. Behind a request that was given up others would wait for the same. */
  #freeLink(): ApiLink | undefined {
    let best: ApiLink | undefined;
    for (const link of this.#links) {
      if (!link.usable || link.abandoned > 0 || link.load >= this.#options.depth) continue;
      if (best === undefined || link.load < best.load) best = link;
    }
    return best ?? (this.#links.length < this.#options.links ? this.#open() : undefined);
  }

  #open(): ApiLink {
    const link = new ApiLink(this.#address, this.#options, () => {
      const at = link.gone ? this.#links.indexOf(link) : -1;
      if (at >= 0) this.#links.splice(at, 1);
      this.#pump();
    });
    this.#links.push(link);
    return link;
  }
}
