import type { SiblingChannel, Siblings, SiblingWatcher } from "../siblings.ts";
import type { Timed, Timers } from "../timer-wheel.ts";

/** Something that the workers of a host count together. */
export interface Shared {
  /** What is new for the other workers since the last time. */
  takeNews(): [key: string, count: number][];
  /** Everything is news again: a worker that has just begun knows nothing. */
  tellAll(): void;
  /** What another worker has told. */
  heard(worker: number, news: Iterable<readonly [key: string, count: number]>): void;
  /** A worker has ended, with all that it had. */
  forget(worker: number): void;
}

interface News {
  /** It is all that there is: what this worker has told before is void. */
  all: boolean;
  counts: [name: string, counts: [key: string, count: number][]][];
}

/** How often workers tell each other, in seconds. What begins at several of them within this time may pass a limit. */
export const EXCHANGE_SECONDS = 0.2;

/** Tells the other workers of the host what has been counted here, a few times a second, and hears what they have. */
export class Exchange implements Timed, SiblingWatcher {
  due = -1;
  readonly #siblings: Siblings;
  readonly #timers: Timers;
  readonly #channel: SiblingChannel<News>;
  readonly #wish: SiblingChannel<"all">;
  readonly #shared = new Map<string, Shared>();
  /** It is going to. */
  #telling = false;
  /** What it is going to tell is all that there is. */
  #tellsAll = false;

  constructor(siblings: Siblings, timers: Timers) {
    this.#siblings = siblings;
    this.#timers = timers;
    this.#channel = siblings.channel<News>("counts", ({ all, counts }, from) => {
      if (all) this.left(from);
      for (const [name, each] of counts) this.#shared.get(name)?.heard(from, each);
    });
    this.#wish = siblings.channel<"all">("counts wanted", () => this.joined());
    siblings.watch(this);
  }

  /**
   * Has what `name` counts shared; the same name at each worker is the same thing. Workers reload one after the other:
   * what others have told of it by then was lost, so they are asked to tell it again.
   */
  add(name: string, shared: Shared): void {
    this.#shared.set(name, shared);
    this.#wish.say("all");
  }

  delete(name: string): void {
    this.#shared.delete(name);
  }

  /** There is something new; false where there is nobody to tell. */
  readonly news = (): boolean => {
    if (this.#siblings.count === 0) return false;
    if (!this.#telling) this.#timers.set(this, EXCHANGE_SECONDS);
    this.#telling = true;
    return true;
  };

  expire(): void {
    this.#telling = false;
    const all = this.#tellsAll;
    this.#tellsAll = false;
    const counts: News["counts"] = [];
    for (const [name, shared] of this.#shared) {
      const each = shared.takeNews();
      if (each.length > 0) counts.push([name, each]);
    }
    if (all || counts.length > 0) this.#channel.say({ all, counts });
  }

  /**
   * Sends everything to a newcomer, even if there is nothing left: an older message may still have reached it about
   * sessions that have ended since.
   */
  joined(): void {
    this.#tellsAll = this.news();
    for (const shared of this.#shared.values()) shared.tellAll();
  }

  left(worker: number): void {
    for (const shared of this.#shared.values()) shared.forget(worker);
  }
}
