/** A message between workers; JSON. `to` is one worker, or undefined for all others. */
export interface SiblingMessage {
  channel: string;
  body: unknown;
  to?: number;
}

/** A subject that workers talk about. What is said arrives in order, or not at all where a worker ends. */
export interface SiblingChannel<T> {
  say(body: T, to?: number): void;
}

/** Who wants to know which other workers there are. */
export interface SiblingWatcher {
  joined(worker: number): void;
  left(worker: number): void;
}

type Listener = (body: unknown, from: number) => void;

/** The other workers of this host, which run the same instances on the same ports. A process alone has none. */
export class Siblings {
  readonly #post: (message: SiblingMessage) => void;
  readonly #listeners = new Map<string, Listener>();
  readonly #watchers: SiblingWatcher[] = [];
  readonly #workers = new Set<number>();

  /** `post` hands a message over to be delivered. */
  constructor(post: (message: SiblingMessage) => void = () => {}) {
    this.#post = post;
  }

  get count(): number {
    return this.#workers.size;
  }

  /** Opens a channel: each name once in a process. All workers run the same program, so what is heard has the same type. */
  channel<T>(name: string, heard: (body: T, from: number) => void): SiblingChannel<T> {
    this.#listeners.set(name, heard as Listener);
    return {
      say: (body, to) => {
        if (this.count > 0) this.#post({ channel: name, body, ...(to === undefined ? {} : { to }) });
      },
    };
  }

  watch(watcher: SiblingWatcher): void {
    this.#watchers.push(watcher);
    for (const worker of this.#workers) watcher.joined(worker);
  }

  /** A message has come from another worker. */
  received({ channel, body }: SiblingMessage, from: number): void {
    if (this.#workers.has(from)) this.#listeners.get(channel)?.(body, from);
  }

  joined(worker: number): void {
    if (this.#workers.has(worker)) this.left(worker);
    this.#workers.add(worker);
    for (const watcher of this.#watchers) watcher.joined(worker);
  }

  left(worker: number): void {
    if (!this.#workers.delete(worker)) return;
    for (const watcher of this.#watchers) watcher.left(worker);
  }
}
