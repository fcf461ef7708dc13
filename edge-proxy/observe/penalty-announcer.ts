import {
  ANNOUNCED_MAX,
  announcedPenaltiesPath,
  type PenaltyAnnouncement,
} from "../../route-api/contract/penalties.ts";
import type { Report } from "../api-client/reports.ts";
import type { Timed, Timers } from "../timer-wheel.ts";
import { processId } from "./session-record.ts";

/** Time that announcements wait for others, in seconds. */
const GATHER_SECONDS = 0.2;
/** Time between two batches, however many there are: an attack must not flood the feed, in seconds. */
const BETWEEN_SECONDS = 5;
/** How long a batch is worth sending, in seconds. */
const BATCH_SECONDS = 10;
/** Announcements that wait at most; further ones are dropped: each edge protects itself all the same. */
const WAITING_MAX = 100;

export interface PenaltyAnnouncerOptions {
  /** Name of this edge. */
  edge: string;
  timers: Timers;
  send(report: Report): void;
}

/** Tells the other edges, by way of the route API, which clients and users have failed often. */
export class PenaltyAnnouncer implements Timed {
  due = -1;
  readonly #options: PenaltyAnnouncerOptions;
  /** The latest of each client and user. */
  readonly #waiting = new Map<string, PenaltyAnnouncement>();
  #sentMs = Number.NEGATIVE_INFINITY;
  #batches = 0;

  constructor(options: PenaltyAnnouncerOptions) {
    this.#options = options;
  }

  readonly announce = (announcement: PenaltyAnnouncement): void => {
    const { instance, client, user } = announcement;
    const key = JSON.stringify([instance, client, user]);
    if (this.#waiting.size >= WAITING_MAX && !this.#waiting.has(key)) return;
    if (this.#waiting.size === 0) this.#sendLater();
    this.#waiting.set(key, announcement);
  };

  expire(): void {
    const { edge, timers, send } = this.#options;
    const batch = [...this.#waiting].slice(0, ANNOUNCED_MAX);
    for (const [key] of batch) this.#waiting.delete(key);
    this.#sentMs = timers.nowMs;
    send({
      path: announcedPenaltiesPath(edge, `${processId}-${++this.#batches}`),
      body: JSON.stringify({ penalties: batch.map(([, announcement]) => announcement) }),
      seconds: BATCH_SECONDS,
      settled: () => {},
    });
    if (this.#waiting.size > 0) this.#sendLater();
  }

  close(): void {
    this.#options.timers.clear(this);
  }

  #sendLater(): void {
    const { timers } = this.#options;
    const passed = (timers.nowMs - this.#sentMs) / 1000;
    timers.set(this, Math.max(GATHER_SECONDS, BETWEEN_SECONDS - passed));
  }
}
