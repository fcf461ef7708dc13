interface Timer {
  atMs: number;
  /** Among timers of one moment the order in which they were set. */
  sequence: number;
  run: (() => void) | undefined;
}

/** Time that passes as fast as what happens in it can be computed. */
export class VirtualTime {
  nowMs = 0;
  #sequence = 0;
  /** A binary heap, the earliest first. */
  readonly #heap: Timer[] = [];

  /** Has the process's timers follow this time until `run` ends. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    const { setTimeout: realSet, clearTimeout: realClear } = globalThis;
    globalThis.setTimeout = ((act: () => void, ms = 0) => this.set(act, ms)) as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((timer?: Timer) => {
      if (timer !== undefined) timer.run = undefined;
    }) as unknown as typeof clearTimeout;
    try {
      return await run();
    } finally {
      globalThis.setTimeout = realSet;
      globalThis.clearTimeout = realClear;
    }
  }

  set(run: () => void, ms: number): Timer {
    const timer = { atMs: this.nowMs + Math.max(0, ms), sequence: this.#sequence++, run };
    this.#push(timer);
    return timer;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.set(resolve, ms));
  }

  /** Lets time pass until `endMs`. */
  async runUntil(endMs: number): Promise<void> {
    for (;;) {
      await settled();
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) break;
      this.nowMs = next.atMs;
      while (this.#heap[0]?.atMs === this.nowMs) this.#pop()?.run?.();
    }
    this.nowMs = endMs;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, timer)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) break;
      const child = b !== undefined && isBefore(b, a) ? left + 1 : left;
      const below = child === left ? a : b;
      if (below === undefined || isBefore(last, below)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

const isBefore = (a: Timer, b: Timer): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);

/** Lets promises settle, and whatever follows from them. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
