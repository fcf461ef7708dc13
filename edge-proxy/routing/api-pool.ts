import type { ApiAddress } from "./api-address.ts";
import { type ApiExchange, ApiLink, type LinkOptions } from "./api-link.ts";
import { Fifo } from "./fifo.ts";

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
  readonly #queue = new Fifo<ApiExchange>();

  constructor(address: ApiAddress, options: PoolOptions) {
    this.#address = address;
    this.#options = options;
  }

  send(exchange: ApiExchange): void {
    const link = this.#queue.size === 0 ? this.#freeLink() : undefined;
    if (link === undefined) this.#queue.add(exchange);
    else link.send(exchange);
  }

  /** The exchange hears no more. */
  abandon(exchange: ApiExchange): void {
    if (this.#queue.delete(exchange)) return;
    for (const link of [...this.#links]) link.abandon(exchange);
  }

  /** Closes every connection; all that wait hear why. */
  close(detail: string): void {
    for (const link of this.#links.splice(0)) link.fail("lost", detail);
    for (let rest = this.#queue.take(); rest !== undefined; rest = this.#queue.take()) {
      rest.failed({ kind: "lost", detail });
    }
  }

  #pump(): void {
    while (this.#queue.size > 0) {
      const link = this.#freeLink();
      const next = link === undefined ? undefined : this.#queue.take();
      if (next === undefined) return;
      link?.send(next);
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
