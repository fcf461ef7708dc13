import { KEPT_BATCH_MAX, type KeptLogin, keptLoginsPath } from "../../route-api/contract/kept-logins.ts";
import type { Report } from "../api-client/reports.ts";
import { clientRange } from "../guard/client-range.ts";
import type { Timed, Timers } from "../timer-wheel.ts";
import { describeRecord } from "./answers/list-sessions.ts";
import { describeFailure } from "./answers/tell-history.ts";
import { withinBytes } from "./answers/within-bytes.ts";
import { type FailedLogin, processId, type SessionRecord } from "./session-record.ts";

/** What counts as one network of a client. */
const NETWORK = { ipv4Bits: 24, ipv6Bits: 48 };
/** How long a batch is sent again while the route API does not accept it, in seconds. */
const BATCH_SECONDS = 600;
/** The same for the last ones: the process ends behind them, in seconds. */
const LAST_SECONDS = 1;
const DAY_MS = 86_400_000;

export interface KeptLoginsSettings {
  /** Whether the route store keeps any. */
  keeps: boolean;
  /** Logins that wait to be sent at most. */
  queue: number;
  /** Longest time that one waits, in seconds. */
  sendSeconds: number;
  /** First logins of the day that are remembered. */
  clients: number;
}

export interface KeptLoginsOptions {
  /** Name of this edge. */
  edge: string;
  timers: Timers;
  send(report: Report): void;
  settings: KeptLoginsSettings;
}

/** What became of the logins so far. A plain object: read it any time. */
export interface KeptLoginsCounters {
  accepted: number;
  dropped: number;
}

/**
 * Sends the route API the logins that its store keeps: those that failed, and the first of an account, client network and
 * protocol on a day. Names that led to no account are not among them: anybody can make those up. A login only puts a
 * record into a queue; what the queue has no room for is dropped and counted.
 */
export class KeptLogins implements Timed {
  due = -1;
  settings: KeptLoginsSettings;
  readonly counters: KeptLoginsCounters = { accepted: 0, dropped: 0 };
  readonly #options: KeptLoginsOptions;
  #queue: KeptLogin[] = [];
  /** First logins of this day. */
  readonly #first = new Set<string>();
  #day = 0;
  #batches = 0;
  /** One batch at a time. */
  #sending = false;

  constructor(options: KeptLoginsOptions) {
    this.#options = options;
    this.settings = options.settings;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  failed(record: SessionRecord, failure: FailedLogin): void {
    if (!this.settings.keeps || record.account === undefined) return;
    this.#add({ ...this.#describe(record, record.account), failure: describeFailure(failure) });
  }

  loggedIn(record: SessionRecord): void {
    if (!this.settings.keeps || record.account === undefined) return;
    if (!this.#isFirst(record, record.account)) return;
    this.#add(this.#describe(record, record.account));
  }

  /** Drops what waits of an account. */
  forget(account: string): void {
    this.#queue = this.#queue.filter((login) => login.account.toLowerCase() !== account);
  }

  /** Time to send. */
  expire(): void {
    this.#sendNext();
  }

  /** Sends what is left; resolves when that was accepted, or its time is over. */
  async end(): Promise<void> {
    this.#options.timers.clear(this);
    const last: Promise<void>[] = [];
    while (this.#queue.length > 0)
      last.push(new Promise((resolve) => this.#send(this.#takeBatch(), LAST_SECONDS, resolve)));
    await Promise.all(last);
  }

  #isFirst({ protocol, clientAddress }: SessionRecord, account: string): boolean {
    const day = Math.floor(Date.now() / DAY_MS);
    if (day !== this.#day) this.#first.clear();
    this.#day = day;
    const key = `${protocol} ${clientRange(clientAddress, NETWORK)} ${account}`;
    if (this.#first.has(key)) return false;
    this.#first.add(key);
    if (this.#first.size > this.settings.clients) this.#first.delete(this.#first.values().next().value ?? "");
    return true;
  }

  #describe(record: SessionRecord, account: string): KeptLogin {
    const network = clientRange(record.clientAddress, NETWORK);
    const at = new Date().toISOString();
    return { ...describeRecord(this.#options.edge, record), account, network, at };
  }

  #add(login: KeptLogin): void {
    if (this.#queue.length >= this.settings.queue) {
      this.counters.dropped++;
      return;
    }
    this.#queue.push(login);
    if (this.#queue.length === 1 && !this.#sending) this.#options.timers.set(this, this.settings.sendSeconds);
  }

  #sendNext(): void {
    if (this.#sending || this.#queue.length === 0) return;
    this.#sending = true;
    this.#send(this.#takeBatch(), BATCH_SECONDS, () => {
      this.#sending = false;
      if (this.#queue.length >= KEPT_BATCH_MAX) this.#sendNext();
      else if (this.#queue.length > 0) this.#options.timers.set(this, this.settings.sendSeconds);
    });
  }

  #takeBatch(): KeptLogin[] {
    const batch = withinBytes(this.#queue, KEPT_BATCH_MAX);
    this.#queue.splice(0, batch.length);
    return batch;
  }

  #send(logins: readonly KeptLogin[], seconds: number, settled: () => void): void {
    const path = keptLoginsPath(this.#options.edge, `${processId}-${++this.#batches}`);
    this.#options.send({
      path,
      body: JSON.stringify({ logins }),
      seconds,
      settled: (accepted) => {
        this.counters[accepted ? "accepted" : "dropped"] += logins.length;
        settled();
      },
    });
  }
}
