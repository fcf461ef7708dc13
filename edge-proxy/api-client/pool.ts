import { Fifo } from "../fifo.ts";
import type { ApiAddress } from "./addresses.ts";
import { type ApiExchange, ApiLink, type LinkOptions } from "./link.ts";

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
  /** A connection was lost with requests on it: no more than one goes on each until one is answered and stays open. */
  #wary = false;

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
    // Before there is room for them.
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
   * The connection with the least to do. Behind a request that was given up others would wait for the same; and a
   * server that closes with its first answer loses that, too, where more has been sent (RFC 9112, section 9.3.2).
   */
  #freeLink(): ApiLink | undefined {
    const depth = this.#wary ? 1 : this.#options.depth;
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
    const at = this.#links.indexOf(link);
    if (at >= 0) this.#links.splice(at, 1);
  }
}
