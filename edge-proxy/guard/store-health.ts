import type { Timers } from "../timer-wheel.ts";
import { Breaker, type BreakerChange, type BreakerOptions, type HostFault } from "./breaker.ts";

/** One address of a store, as logins go there. */
export interface StoreHost {
  store: string;
  host: string;
  port: number;
}

export interface StoreHealthOptions {
  timers: Pick<Timers, "nowMs">;
  random: () => number;
  /** A host is given up, or back. */
  report(host: StoreHost, change: "opened" | "closed"): void;
}

export type BreakerSettings = Omit<BreakerOptions, "random">;

/** Which hosts of which stores serve. Remembers only those with which something is wrong. */
export class StoreHealth {
  readonly #options: StoreHealthOptions;
  readonly #breakers = new Map<string, Breaker>();

  constructor(options: StoreHealthOptions) {
    this.#options = options;
  }

  /** Hosts with which something is wrong. */
  get size(): number {
    return this.#breakers.size;
  }

  /** Hosts that no login goes to, but for one that tries. */
  get open(): number {
    return [...this.#breakers.values()].filter(({ isOpen }) => isOpen).length;
  }

  /** Those hosts. */
  failing(): StoreHost[] {
    return [...this.#breakers].flatMap(([key, { isOpen }]) => (isOpen ? hostOf(key) : []));
  }

  /** May a login go to the host? Who is let in tells what came of it, unless it was given up. */
  admits(host: StoreHost): boolean {
    return this.#of(host)?.admits(this.#options.timers.nowMs) ?? true;
  }

  /** The host has answered as a store does, whatever it said. */
  served(host: StoreHost): void {
    const breaker = this.#of(host);
    if (breaker === undefined) return;
    this.#report(host, breaker.succeeded());
    this.#breakers.delete(keyOf(host));
  }

  failed(host: StoreHost, fault: HostFault, client: string, settings: BreakerSettings): void {
    const { timers, random } = this.#options;
    const key = keyOf(host);
    const breaker = this.#breakers.get(key) ?? new Breaker({ ...settings, random });
    this.#breakers.set(key, breaker);
    this.#report(host, breaker.failed(fault, client, timers.nowMs));
  }

  /** Mostly there is none at all, and no key is made to find that out. */
  #of(host: StoreHost): Breaker | undefined {
    return this.#breakers.size === 0 ? undefined : this.#breakers.get(keyOf(host));
  }

  #report(host: StoreHost, change: BreakerChange): void {
    if (change !== undefined) this.#options.report(host, change);
  }
}

const keyOf = ({ store, host, port }: StoreHost): string => `${store} ${host} ${port}`;

function hostOf(key: string): StoreHost {
  const [, store = "", host = "", port] = /^(.*) (\S+) (\d+)$/s.exec(key) ?? [];
  return { store, host, port: Number(port) };
}
