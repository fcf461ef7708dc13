import type { Timers } from "../timer-wheel.ts";
import type { Counted, PenaltySelection } from "./penalties.ts";

/** Longest that an announcement can be under way from one edge to another, in seconds. */
const REMEMBERED_SECONDS = 60;
/** Lifts that are remembered. */
const REMEMBERED_MAX = 100;

interface Lift {
  id: string;
  selection: PenaltySelection;
  atMs: number;
}

/**
 * Lifts of penalties that this process has read. All edges read lifts and announcements in the same order, but an
 * announcement may have been under way when a lift came: it says which lift its edge had read last, and must not bring
 * back what a later one has lifted.
 */
export class RecentLifts {
  readonly #timers: Pick<Timers, "nowMs">;
  /** Oldest first. */
  #lifts: Lift[] = [];

  constructor(timers: Pick<Timers, "nowMs">) {
    this.#timers = timers;
  }

  /** Id of the last one. */
  get latest(): string | undefined {
    return this.#lifts.at(-1)?.id;
  }

  note(id: string, selection: PenaltySelection): void {
    const sinceMs = this.#timers.nowMs - REMEMBERED_SECONDS * 1000;
    this.#lifts = this.#lifts.filter(({ atMs }) => atMs >= sinceMs).slice(1 - REMEMBERED_MAX);
    this.#lifts.push({ id, selection, atMs: this.#timers.nowMs });
  }

  /** Whether an edge announces what has been lifted since; `lift` is the last one that it had read when it counted. */
  isLifted(counted: Counted, lift: string | undefined): boolean {
    const sinceMs = this.#timers.nowMs - REMEMBERED_SECONDS * 1000;
    const read = this.#lifts.findIndex(({ id }) => id === lift);
    return this.#lifts
      .slice(read + 1)
      .some(
        ({ selection, atMs }) =>
          atMs >= sinceMs &&
          ("client" in counted ? selection.isClient(counted.client) : selection.isUser(counted.user)),
      );
  }
}
