/** How a login at a store came to nothing, as far as the store is to blame. */
export type HostFault =
  /** No connection: that says everything. */
  | "connect"
  /** Something went wrong later, which may be because of this client. */
  | "later";

/** Whether logins go to a host. */
type State =
  /** They do. `from` is the client of the failures after connecting; "several" once there were two. */
  | { is: "closed"; connect: number; later: number; from: From }
  /** They do not, until then. */
  | { is: "open"; untilMs: number }
  /** One tries; another one may, where nothing has come of it by then. */
  | { is: "probing"; untilMs: number };

type From = { is: "nobody" } | { is: "one"; client: string } | { is: "several" };

const CLOSED: State = { is: "closed", connect: 0, later: 0, from: { is: "nobody" } };

export interface BreakerOptions {
  /** Failures in a row that open it. */
  failures: number;
  /** How long it stays open before one login tries again. */
  openSeconds: number;
  /** Gives a number from 0 to 1. */
  random: () => number;
}

/** What changed: the host is given up, or back. */
export type BreakerChange = "opened" | "closed" | undefined;

/**
 * Keeps logins from waiting, each for the whole time, for a host that is down. Failures to connect count by themselves;
 * later ones only when they come from two clients or more, so that no single client can shut a store for the others.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #state: State = CLOSED;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#state.is !== "closed";
  }

  /** Nothing has failed since the last success. */
  get isSound(): boolean {
    return this.#state === CLOSED;
  }

  /** May a login go there? Who is let in tells what came of it, unless it was given up. */
  admits(nowMs: number): boolean {
    if (this.#state.is === "closed") return true;
    if (nowMs < this.#state.untilMs) return false;
    this.#state = { is: "probing", untilMs: this.#until(nowMs) };
    return true;
  }

  succeeded(): BreakerChange {
    const wasOpen = this.isOpen;
    this.#state = CLOSED;
    return wasOpen ? "closed" : undefined;
  }

  failed(fault: HostFault, client: string, nowMs: number): BreakerChange {
    const state = this.#state;
    switch (state.is) {
      case "open":
        return undefined;
      case "probing":
        this.#state = { is: "open", untilMs: this.#until(nowMs) };
        return undefined;
      case "closed": {
        const next = counted(state, fault, client);
        const later = next.from.is === "several" ? next.later : 0;
        const opens = next.connect + later >= this.#options.failures;
        this.#state = opens ? { is: "open", untilMs: this.#until(nowMs) } : next;
        return opens ? "opened" : undefined;
      }
      default:
        return state satisfies never;
    }
  }

  /** Half of the time is by chance: edges that lost a host together do not all try it together. */
  #until(nowMs: number): number {
    const { openSeconds, random } = this.#options;
    return nowMs + openSeconds * 1000 * (0.75 + random() / 2);
  }
}

function counted(
  state: State & { is: "closed" },
  fault: HostFault,
  client: string,
): State & { is: "closed" } {
  if (fault === "connect") return { ...state, connect: state.connect + 1 };
  return { ...state, later: state.later + 1, from: joined(state.from, client) };
}

function joined(from: From, client: string): From {
  if (from.is === "nobody") return { is: "one", client };
  return from.is === "one" && from.client === client ? from : { is: "several" };
}
