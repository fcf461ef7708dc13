import type { Siblings } from "../siblings.ts";
import type { Timed, Timers } from "../timer-wheel.ts";
import type { KnownRoute, RouteMemory } from "./memory.ts";
import type { SnapshotRoute } from "./snapshot/format.ts";

/** What other workers are asked, and what they answer. */
interface Wanted {
  id: number;
  cache: string;
  key: string;
}
interface Known {
  id: number;
  route: KnownRoute | undefined;
}

/** One question, to all other workers at once. */
interface Asking extends Timed {
  open: number;
  answered(route: KnownRoute | undefined): void;
}

/** How long other workers have to answer, in seconds: they are on the same host. */
const ANSWER_SECONDS = 0.3;
/** Questions that are open at most; a worker that is asked much in an outage has better things to do. */
const ASKING_MAX = 256;

/**
 * The route caches of a process, by name: what survives it in a snapshot, and what its siblings may ask for. Both help
 * where the route API cannot be asked, and nowhere else.
 */
export class RouteCaches {
  readonly #caches = new Map<string, RouteMemory>();
  /** Of a snapshot, until the cache is there that it is for. */
  readonly #recalled: Map<string, KnownRoute[]>;
  readonly #timers: Timers;
  readonly #siblings: Siblings;
  readonly #asking = new Map<number, Asking>();
  readonly #wanted;
  readonly #known;
  #questions = 0;

  constructor(siblings: Siblings, timers: Timers, recalled: Iterable<SnapshotRoute> = []) {
    this.#siblings = siblings;
    this.#timers = timers;
    this.#recalled = byCache(recalled);
    this.#wanted = siblings.channel<Wanted>("route-wanted", ({ id, cache, key }, from) =>
      this.#known.say({ id, route: this.#caches.get(cache)?.knownAt(key) }, from),
    );
    this.#known = siblings.channel<Known>("route-known", ({ id, route }) => this.#heard(id, route));
  }

  /** A cache of this process; what the snapshot has for it is put in. */
  add(name: string, memory: RouteMemory): void {
    this.#caches.set(name, memory);
    for (const route of this.#recalled.get(name) ?? []) memory.recall(route);
    this.#recalled.delete(name);
  }

  delete(name: string, memory: RouteMemory): void {
    if (this.#caches.get(name) === memory) this.#caches.delete(name);
  }

  /** Every route, for a snapshot. */
  *all(): Generator<SnapshotRoute> {
    for (const [cache, memory] of this.#caches) {
      for (const route of memory.known()) yield { cache, ...route };
    }
  }

  /** Asks the other workers for a route; answers soon, with undefined where none knows it. */
  ask(cache: string, key: string, answered: (route: KnownRoute | undefined) => void): void {
    const open = this.#siblings.count;
    if (open === 0 || this.#asking.size >= ASKING_MAX) return answered(undefined);
    const id = ++this.#questions;
    const asking: Asking = { due: -1, open, answered, expire: () => this.#close(id, undefined) };
    this.#asking.set(id, asking);
    this.#timers.set(asking, ANSWER_SECONDS);
    this.#wanted.say({ id, cache, key });
  }

  #heard(id: number, route: KnownRoute | undefined): void {
    const asking = this.#asking.get(id);
    if (asking === undefined) return;
    asking.open--;
    if (route !== undefined || asking.open <= 0) this.#close(id, route);
  }

  #close(id: number, route: KnownRoute | undefined): void {
    const asking = this.#asking.get(id);
    if (asking === undefined) return;
    this.#asking.delete(id);
    this.#timers.clear(asking);
    asking.answered(route);
  }
}

function byCache(routes: Iterable<SnapshotRoute>): Map<string, KnownRoute[]> {
  const caches = new Map<string, KnownRoute[]>();
  for (const { cache, ...route } of routes) {
    const known = caches.get(cache) ?? [];
    caches.set(cache, known);
    known.push(route);
  }
  return caches;
}
