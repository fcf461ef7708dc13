import type { Timers } from "../timer-wheel.ts";
import type { HostFault } from "./breaker.ts";
import type { StoreHost } from "./store-health.ts";

/** Whether a store lets only administrators in under another name (RFC 4616 section 2). */
export type Proof =
  /** It has refused an ordinary user with the administrator's name as authorisation id. */
  | { is: "obeys" }
  /** It has let that user in: it would open the administrator's own mailbox to every user. */
  | { is: "ignores" }
  /** Nothing is known: because of a `fault` of the host, or of the account, which asking again at once does not change. */
  | { is: "unknown"; why: string; fault: HostFault | undefined };

/** How long what was seen of a store counts, in seconds. */
export interface ProofTimes {
  adminProbeSeconds: number;
  /** Where it ignores the authorisation id, or the account could not tell. */
  adminProbeRetrySeconds: number;
}

/** Tries the store, and says what it has seen, once. */
export type Probe = (tell: (seen: Proof) => void) => void;

export interface StoreProofsOptions {
  timers: Pick<Timers, "nowMs">;
  /** Something else than before was seen of a host. */
  report(host: StoreHost, proof: Proof): void;
}

interface Known {
  store: string;
  proof: Proof;
  untilMs: number;
  /** Who waits for the probe that is under way. */
  waiting: ((proof: Proof) => void)[] | undefined;
}

/** What has been seen of stores before somebody logs in there on a user's behalf; by host, for all instances of a process. */
export class StoreProofs {
  readonly #options: StoreProofsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: StoreProofsOptions) {
    this.#options = options;
  }

  /** Stores of which a host ignores the authorisation id. */
  get ignoring(): string[] {
    const stores = [...this.#known.values()].filter(({ proof }) => proof.is === "ignores");
    return [...new Set(stores.map(({ store }) => store))];
  }

  /**
   * Tells what is known of a host; where that is nothing, or too old, the probe is run first, once for all that wait.
   * Without a probe, what was seen before counts.
   */
  prove(host: StoreHost, times: ProofTimes, probe: Probe | undefined, proved: (proof: Proof) => void): void {
    const key = keyOf(host);
    const known = this.#known.get(key);
    if (known?.waiting !== undefined) return void known.waiting.push(proved);
    if (known !== undefined && (probe === undefined || this.#options.timers.nowMs < known.untilMs)) {
      return proved(known.proof);
    }
    if (probe === undefined) return proved(UNSEEN);
    const waiting = [proved];
    this.#known.set(key, { store: host.store, proof: known?.proof ?? UNSEEN, untilMs: 0, waiting });
    probe((seen) => this.#learn(host, seen, times, known?.proof, waiting));
  }

  #learn(
    host: StoreHost,
    seen: Proof,
    { adminProbeSeconds, adminProbeRetrySeconds }: ProofTimes,
    before: Proof | undefined,
    waiting: readonly ((proof: Proof) => void)[],
  ): void {
    // What was seen once holds until something else is seen.
    const proof = seen.is === "unknown" && before !== undefined && before.is !== "unknown" ? before : seen;
    const seconds = seen.is === "obeys" ? adminProbeSeconds : adminProbeRetrySeconds;
    const { nowMs } = this.#options.timers;
    if (seen.is === "unknown" && seen.fault !== undefined && proof === seen) this.#known.delete(keyOf(host));
    else {
      const untilMs = nowMs + seconds * 1000;
      this.#known.set(keyOf(host), { store: host.store, proof, untilMs, waiting: undefined });
    }
    if (isNews(before, seen)) this.#options.report(host, seen);
    for (const proved of waiting) proved(proof);
  }
}

const UNSEEN: Proof = { is: "unknown", why: "there is no account to try it with", fault: undefined };

const isNews = (before: Proof | undefined, seen: Proof): boolean => {
  if (seen.is === "unknown") return seen.fault === undefined && before?.is !== "unknown";
  return seen.is === "ignores" ? before?.is !== "ignores" : before?.is === "ignores";
};

const keyOf = ({ store, host, port }: StoreHost): string => `${store} ${host} ${port}`;
