import { CHANGES_MAX_WAIT_SECONDS, type Change, Changes } from "../../route-api/contract/changes.ts";
import type { Timed, Timers } from "../timer-wheel.ts";
import type { Transport } from "../transport/transport.ts";
import type { ApiAddress } from "./addresses.ts";
import { parseJson } from "./answers.ts";
import { type BackOff, backOffSeconds } from "./back-off.ts";
import type { FeedCounters } from "./counters.ts";
import type { HttpResponse } from "./http-response.ts";
import { type ApiExchange, ApiLink, type LinkFault } from "./link.ts";
import type { ReportRouting } from "./routing-event.ts";

/** Who is told of changes: the cache of an instance. */
export interface FeedFollower {
  /** The feed must say something within this time, in seconds, or it is not relied on. */
  readonly silentSeconds: number;
  /** An account's route was written or removed. */
  told(change: Change & { kind: "route" }): void;
  /** What was learned up to now may have changed without word of it. */
  suspectAll(): void;
}

export interface ChangeFeedOptions {
  transport: Transport;
  timers: Timers;
  /** One, or several of which each is as good. */
  addresses: readonly ApiAddress[];
  report: ReportRouting;
  /** Gives a number from 0 to 1. */
  random: () => number;
}

/** Many changes of a bulk load come in one answer. */
const BODY_BYTES = 8_388_608;
/** Time for an answer beyond what it may wait, in seconds. */
const GRACE_SECONDS = 3;
/** Time before the feed is asked for again after a failure. */
const RETRY: BackOff = { firstSeconds: 0.2, longestSeconds: 5 };
/** An API that says "nothing" without waiting is not asked faster than this, in seconds. */
const PAUSE_SECONDS = 1;
/** Statuses that say that the cursor is no good. */
const WRONG_CURSOR: ReadonlySet<number> = new Set([400, 404, 410, 414]);

/** What the feed does just now. */
type State = "idle" | "asking" | "pausing";

/**
 * Follows the change feed of the route API by long polls on a connection of its own, over one address after the other.
 * It goes on where it was by its cursor; where that cannot be, its followers hear that all is suspect. Runs as long as
 * somebody follows.
 */
export class ChangeFeed implements ApiExchange, Timed {
  due = -1;
  /** When the API last said where the feed stands, in milliseconds on the wheel. */
  answeredMs = Number.NEGATIVE_INFINITY;
  path = "";
  readonly body = undefined;
  readonly certain = false;
  readonly counters: FeedCounters = { changes: 0, gaps: 0, feedReconnects: 0 };
  readonly #options: ChangeFeedOptions;
  readonly #followers = new Set<FeedFollower>();
  #state: State = "idle";
  #cursor: string | undefined;
  #link: ApiLink | undefined;
  #address: number;
  #failures = 0;
  #askedMs = 0;
  #sentAgain = false;
  /** How long the API may wait with the answer that is asked for. */
  #waitSeconds = 0;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
    this.#address = Math.floor(options.random() * options.addresses.length);
  }

  get followed(): boolean {
    return this.#followers.size > 0;
  }

  /** From now on the follower is told; of what changed before it hears nothing. */
  follow(follower: FeedFollower): void {
    this.#followers.add(follower);
    if (this.#state === "idle") this.#ask();
  }

  unfollow(follower: FeedFollower): void {
    if (!this.#followers.delete(follower) || this.followed) return;
    this.#state = "idle";
    this.#cursor = undefined;
    this.answeredMs = Number.NEGATIVE_INFINITY;
    this.#options.timers.clear(this);
    this.#drop();
  }

  answered(response: HttpResponse): void {
    this.#options.timers.clear(this);
    const { status, body } = response;
    const changes = status === 200 ? Changes.safeParse(parseJson(body)) : undefined;
    if (changes?.success === true) return this.#told(changes.data);
    if (changes !== undefined || WRONG_CURSOR.has(status)) this.#cursor = undefined;
    this.#failed(
      changes === undefined ? `it answered with status ${status}` : "its answer breaks the contract",
    );
  }

  failed({ kind, detail }: LinkFault): void {
    if (this.#state !== "asking") return;
    if (kind === "closed" && !this.#sentAgain) {
      this.#sentAgain = true;
      return this.#ask();
    }
    // What is too long once would be so again.
    if (kind === "wrong") this.#cursor = undefined;
    this.#failed(detail);
  }

  expire(): void {
    if (this.#state === "pausing") this.#ask();
    else this.#failed("it did not answer in time");
  }

  #ask(): void {
    const { transport, timers, addresses } = this.#options;
    const address = addresses[this.#address % addresses.length];
    if (address === undefined) return;
    this.#state = "asking";
    this.#askedMs = timers.nowMs;
    this.#waitSeconds = this.#waitOf();
    const after = this.#cursor === undefined ? "" : `after=${encodeURIComponent(this.#cursor)}&`;
    this.path = `/v1/changes?${after}wait=${this.#waitSeconds}`;
    timers.set(this, this.#waitSeconds + GRACE_SECONDS);
    if (this.#link?.usable !== true) {
      const options = { transport, timers, bodyBytes: BODY_BYTES, silentSeconds: GRACE_SECONDS };
      this.#link = new ApiLink(address, options, () => {});
    }
    this.#link.send(this);
  }

  /** So short that an answer, if only "nothing", is there before a follower takes the feed for silent. */
  #waitOf(): number {
    // Whether an address answers at all shows soonest without a wait.
    if (this.#cursor === undefined || this.#failures > 0 || this.#sentAgain) return 0;
    let wait = CHANGES_MAX_WAIT_SECONDS;
    for (const { silentSeconds } of this.#followers) wait = Math.min(wait, silentSeconds / 2);
    return wait;
  }

  #told({ cursor, gap, changes }: Changes): void {
    const { timers, report } = this.#options;
    const first = this.answeredMs === Number.NEGATIVE_INFINITY;
    if (this.#failures > 0 || first) report({ is: "feed-followed" });
    if (this.#failures > 0) this.counters.feedReconnects++;
    const missed = gap || (this.#cursor === undefined && !first);
    this.#failures = 0;
    this.#sentAgain = false;
    this.#cursor = cursor;
    this.answeredMs = timers.nowMs;
    if (missed) this.#missed();
    // Before the first cursor nothing was told.
    else if (first) this.#suspectAll();
    for (const change of changes) {
      if (change.kind === "all") this.#missed();
      else for (const follower of this.#followers) follower.told(change);
    }
    this.counters.changes += changes.length;
    if (!this.followed) return;
    const halfWait = this.#waitSeconds / 2;
    const early = timers.nowMs - this.#askedMs < halfWait * 1000;
    if (changes.length === 0 && early) this.#pause(Math.min(PAUSE_SECONDS, halfWait));
    else this.#ask();
  }

  #missed(): void {
    this.counters.gaps++;
    this.#options.report({ is: "feed-gap" });
    this.#suspectAll();
  }

  #suspectAll(): void {
    for (const follower of this.#followers) follower.suspectAll();
  }

  #failed(detail: string): void {
    if (this.#state !== "asking") return;
    const { random, report } = this.#options;
    if (this.#failures === 0) report({ is: "feed-lost", detail });
    this.#sentAgain = false;
    this.#failures++;
    this.#address++;
    this.#pause(backOffSeconds(RETRY, this.#failures, random));
    this.#drop();
  }

  #pause(seconds: number): void {
    this.#state = "pausing";
    this.#options.timers.set(this, seconds);
  }

  /** Closes the connection; what it still has to say does not count. */
  #drop(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.fail("lost", "the edge gives up its connection");
  }
}
