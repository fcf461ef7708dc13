import {
  type Asks,
  CHANGES_MAX_WAIT_SECONDS,
  type Change,
  type Changes,
  ReceivedChanges,
} from "../../route-api/contract/changes.ts";
import { HOLDS_PATH, type Holds } from "../../route-api/contract/holds.ts";
import type { Question } from "../../route-api/contract/questions.ts";
import type { Timed, Timers } from "../timer-wheel.ts";
import type { Transport } from "../transport/transport.ts";
import type { ApiAddress } from "./addresses.ts";
import { parseJson, readHoldsAnswer } from "./answers.ts";
import { type BackOff, backOffSeconds } from "./back-off.ts";
import type { FeedCounters } from "./counters.ts";
import type { HttpResponse } from "./http-response.ts";
import { type ApiExchange, ApiLink, type LinkFault } from "./link.ts";
import type { ReportRouting } from "./routing-event.ts";

/** Who is told of changes: the cache of an instance. */
export interface FeedSubscriber {
  /** A feed that is silent for longer, in seconds, is not relied on. */
  readonly silentSeconds: number;
  /** An account's route was written or removed. */
  told(change: Change & { kind: "route" }): void;
  /** These stores are on hold, and no others. */
  storesHeld(stores: readonly string[]): void;
  /** Changes may have been missed: whatever was learned before may be outdated. */
  suspectAll(): void;
}

/** Who answers the questions that the API asks of this edge. */
export interface QuestionReader {
  /** Name of this edge. */
  readonly edge: string;
  /** `answered` is called once the API has accepted every answer, or does not wait for it any more. */
  asked(questions: readonly Question[], answered: () => void): void;
  /** Questions were missed, perhaps kicks of these accounts, which are on hold: their sessions must end. */
  missed(heldAccounts: readonly string[]): void;
}

export interface FeedFollowerOptions {
  transport: Transport;
  timers: Timers;
  /** One, or several that serve alike. */
  addresses: readonly ApiAddress[];
  report: ReportRouting;
  /** Returns a number from 0 to 1. */
  random: () => number;
  /** Absent: no questions are asked. */
  questions?: QuestionReader;
}

/** Largest body of a response: a bulk load brings many changes at once. */
const BODY_BYTES = 8_388_608;
/** Time for an answer beyond the wait that was asked for, in seconds. */
const GRACE_SECONDS = 3;
/** Time before the next attempt after a failure. */
const RETRY: BackOff = { firstSeconds: 0.2, longestSeconds: 5 };
/** Pause after an API that answers "no changes" without waiting, in seconds. */
const PAUSE_SECONDS = 1;
/** Statuses that say that the API cannot use the cursor. */
const BAD_CURSOR: ReadonlySet<number> = new Set([400, 404, 410, 414]);

/**
 * Whether the holds in force are known. They are read at the start and when the API asks for it; after a gap in the
 * questions too, where sessions may go on that should have been kicked. The next poll acknowledges, so it must wait.
 */
type HoldsKnown = "known" | "unread" | "missed";

/** What it is doing now. */
type State = "idle" | "asking" | "answering" | "pausing";

/**
 * Follows the route API's change feed by long polls on a connection of its own, at one address after the other. Its
 * cursor lets it resume; where it cannot, subscribers hear that changes may have been missed. Runs while it has
 * subscribers.
 */
export class FeedFollower implements ApiExchange, Timed {
  due = -1;
  /** When the API answered last, in milliseconds of the timers' clock. */
  answeredMs = Number.NEGATIVE_INFINITY;
  path = "";
  readonly body = undefined;
  readonly certain = false;
  readonly counters: FeedCounters;
  readonly #options: FeedFollowerOptions;
  readonly #subscribers = new Set<FeedSubscriber>();
  #state: State = "idle";
  #cursor: string | undefined;
  /** Cursor in the feed of questions; empty: its end. What it has read is answered. */
  #asksCursor = "";
  #holds: HoldsKnown = "unread";
  /** As they were read last. */
  #heldStores: readonly string[] = [];
  #link: ApiLink | undefined;
  #address: number;
  #failures = 0;
  #askedMs = 0;
  /** When its first subscriber came. */
  #followedMs = 0;
  #sentAgain = false;
  /** How long the API may delay the answer that is awaited. */
  #waitSeconds = 0;

  constructor(options: FeedFollowerOptions) {
    this.#options = options;
    const ageSeconds = (): number => this.#ageSeconds();
    this.counters = {
      changes: 0,
      gaps: 0,
      feedReconnects: 0,
      get ageSeconds() {
        return ageSeconds();
      },
    };
    this.#address = Math.floor(options.random() * options.addresses.length);
  }

  get hasSubscribers(): boolean {
    return this.#subscribers.size > 0;
  }

  /** The subscriber hears of changes from now on, not of earlier ones. */
  subscribe(subscriber: FeedSubscriber): void {
    if (!this.hasSubscribers) this.#followedMs = this.#options.timers.nowMs;
    this.#subscribers.add(subscriber);
    subscriber.storesHeld(this.#heldStores);
    if (this.#state === "idle") this.#ask();
  }

  unsubscribe(subscriber: FeedSubscriber): void {
    if (!this.#subscribers.delete(subscriber) || this.hasSubscribers) return;
    this.#state = "idle";
    this.#cursor = undefined;
    this.#asksCursor = "";
    this.#holds = "unread";
    this.answeredMs = Number.NEGATIVE_INFINITY;
    this.#options.timers.clear(this);
    this.#drop();
  }

  answered(response: HttpResponse): void {
    this.#options.timers.clear(this);
    if (this.path === HOLDS_PATH) return this.#answeredHolds(response);
    const { status, body } = response;
    const changes = status === 200 ? ReceivedChanges.safeParse(parseJson(body)) : undefined;
    if (changes?.success === true) return this.#told(changes.data);
    if (changes !== undefined || BAD_CURSOR.has(status)) this.#cursor = undefined;
    this.#failed(
      changes === undefined
        ? `the route API answered with status ${status}`
        : "the route API sent changes that break the contract",
    );
  }

  #answeredHolds(response: HttpResponse): void {
    const { answer } = readHoldsAnswer(response);
    if (answer.is === "holds") this.#toldHolds(answer.holds);
    else this.#failed(`${answer.detail} when it was asked for holds`);
  }

  failed({ kind, detail }: LinkFault): void {
    if (this.#state !== "asking") return;
    if (kind === "closed" && !this.#sentAgain) {
      this.#sentAgain = true;
      return this.#ask();
    }
    // A response that is too large would be so again.
    if (kind === "malformed") this.#cursor = undefined;
    this.#failed(detail);
  }

  expire(): void {
    if (this.#state === "pausing") this.#ask();
    else this.#failed("the route API did not answer in time");
  }

  #ageSeconds(): number {
    if (!this.hasSubscribers) return 0;
    return (this.#options.timers.nowMs - Math.max(this.answeredMs, this.#followedMs)) / 1000;
  }

  #ask(): void {
    const { transport, timers, addresses } = this.#options;
    const address = addresses[this.#address % addresses.length];
    if (address === undefined) return;
    this.#state = "asking";
    this.#askedMs = timers.nowMs;
    this.#waitSeconds = this.#readsHolds ? 0 : this.#waitOf();
    const after = this.#cursor === undefined ? "" : `after=${encodeURIComponent(this.#cursor)}&`;
    this.path = this.#readsHolds
      ? HOLDS_PATH
      : `/v1/changes?${after}wait=${this.#waitSeconds}${this.#asks()}`;
    timers.set(this, this.#waitSeconds + GRACE_SECONDS);
    if (this.#link?.usable !== true) {
      const options = { transport, timers, bodyBytes: BODY_BYTES, silentSeconds: GRACE_SECONDS };
      this.#link = new ApiLink(address, options, () => {});
    }
    this.#link.send(this);
  }

  /** Not before it has a place in the feed of questions: what is asked from there on is heard. */
  get #readsHolds(): boolean {
    return this.#options.questions !== undefined && this.#asksCursor !== "" && this.#holds !== "known";
  }

  /** Short enough for an answer, if only "no changes", to arrive before a subscriber takes the feed for silent. */
  #waitOf(): number {
    // Without a wait it shows soonest whether an address answers at all.
    if (this.#cursor === undefined || this.#failures > 0 || this.#sentAgain) return 0;
    let wait = CHANGES_MAX_WAIT_SECONDS;
    for (const { silentSeconds } of this.#subscribers) wait = Math.min(wait, silentSeconds / 2);
    return wait;
  }

  #asks(): string {
    const { questions } = this.#options;
    if (questions === undefined) return "";
    return `&asks=${encodeURIComponent(this.#asksCursor)}&edge=${encodeURIComponent(questions.edge)}`;
  }

  #told({ cursor, gap, changes, asks }: Changes): void {
    const { timers } = this.#options;
    const first = this.answeredMs === Number.NEGATIVE_INFINITY;
    const missed = gap || (this.#cursor === undefined && !first);
    this.#heard();
    this.#cursor = cursor;
    if (missed) this.#missed();
    // Before the first cursor nothing was announced.
    else if (first) this.#suspectAll();
    for (const change of changes) {
      if (change.kind === "all") this.#missed();
      else for (const subscriber of this.#subscribers) subscriber.told(change);
    }
    this.counters.changes += changes.length;
    if (!this.hasSubscribers) return;
    if (asks !== undefined && asks.questions.length > 0) return this.#answer(asks);
    if (asks?.gap === true) this.#holds = "missed";
    if (asks !== undefined) this.#asksCursor = asks.cursor;
    if (this.#readsHolds) return this.#ask();
    const halfWait = this.#waitSeconds / 2;
    const early = timers.nowMs - this.#askedMs < halfWait * 1000;
    if (changes.length === 0 && early) this.#pause(Math.min(PAUSE_SECONDS, halfWait));
    else this.#ask();
  }

  /** The API works. */
  #heard(): void {
    const { timers, report } = this.#options;
    if (this.#failures > 0 || this.answeredMs === Number.NEGATIVE_INFINITY) report({ is: "feed-followed" });
    if (this.#failures > 0) this.counters.feedReconnects++;
    this.#failures = 0;
    this.#sentAgain = false;
    this.answeredMs = timers.nowMs;
  }

  #toldHolds({ accounts, stores }: Holds): void {
    this.#heard();
    this.#heldStores = stores.map(({ store }) => store);
    for (const subscriber of this.#subscribers) {
      subscriber.storesHeld(this.#heldStores);
      for (const { uuid, account, names, write } of accounts)
        subscriber.told({ kind: "route", uuid, account, names, write });
    }
    if (this.#holds === "missed") this.#options.questions?.missed(accounts.map(({ account }) => account));
    this.#holds = "known";
    if (this.hasSubscribers) this.#ask();
  }

  /** The next poll tells the API that all is answered, so it must not come sooner. */
  #answer({ cursor, questions }: Asks): void {
    this.#state = "answering";
    if (this.#holds === "known" && questions.some(({ ask }) => ask === "holds")) this.#holds = "unread";
    this.#options.questions?.asked(questions, () => {
      if (this.#state !== "answering") return;
      this.#asksCursor = cursor;
      this.#ask();
    });
  }

  #missed(): void {
    this.counters.gaps++;
    this.#options.report({ is: "feed-gap" });
    this.#suspectAll();
  }

  #suspectAll(): void {
    for (const subscriber of this.#subscribers) subscriber.suspectAll();
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

  /** Closes the connection, whatever is still to come. */
  #drop(): void {
    const link = this.#link;
    this.#link = undefined;
    link?.fail("lost", "the edge closed the connection");
  }
}
