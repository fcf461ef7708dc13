/** Something with a time-out. `due` belongs to the wheel; it begins as -1. */
export interface Timed {
  due: number;
  expire(): void;
}

/** Length of a tick, and precision of time-outs, in milliseconds. */
const TICK_MS = 100;
/** Number of slots: they reach about seven minutes ahead. */
const SLOTS = 4096;
const IDLE = -1;
/** Ticks by which the wheel may be late before the process is taken to have stalled. */
const STALL_TICKS = 10;

/** The clock and the time-outs, for parts that need no ticks. */
export type Timers = Pick<TimerWheel, "nowMs" | "set" | "clear">;

/** One timer for all time-outs of the process: to set or clear one costs a few set operations and no system call. */
export class TimerWheel {
  /** Ticks since the start. */
  tick = 0;
  /** The last tick whose time-outs have expired. */
  #swept = 0;
  readonly #slots: (Set<Timed> | undefined)[] = new Array(SLOTS);
  /** Items whose time is further ahead. */
  readonly #far = new Set<Timed>();
  readonly #startedMs = performance.now();
  readonly #interval: ReturnType<typeof setInterval>;

  constructor() {
    this.#interval = setInterval(() => this.#advance(), TICK_MS);
  }

  /** Time-outs that are set. */
  get size(): number {
    return this.#slots.reduce((sum, slot) => sum + (slot?.size ?? 0), this.#far.size);
  }

  /** Milliseconds since the start, as of the last tick. */
  get nowMs(): number {
    return this.tick * TICK_MS;
  }

  /** Milliseconds since the start at a tick. */
  msOf(tick: number): number {
    return tick * TICK_MS;
  }

  /** Calls `item.expire()` in `seconds`, and no longer when it was set for before. */
  set(item: Timed, seconds: number): void {
    this.clear(item);
    item.due = this.tick + Math.max(1, Math.ceil((seconds * 1000) / TICK_MS));
    this.#put(item);
  }

  clear(item: Timed): void {
    if (item.due === IDLE) return;
    if (this.#slots[this.#slotOf(item.due)]?.delete(item) !== true) this.#far.delete(item);
    item.due = IDLE;
  }

  stop(): void {
    clearInterval(this.#interval);
  }

  #slotOf(due: number): number {
    return due % SLOTS;
  }

  #put(item: Timed): void {
    if (item.due - this.tick >= SLOTS) {
      this.#far.add(item);
      return;
    }
    const index = this.#slotOf(item.due);
    const slot = this.#slots[index] ?? new Set<Timed>();
    this.#slots[index] = slot;
    slot.add(item);
  }

  #advance(): void {
    const before = this.tick;
    this.tick = Math.floor((performance.now() - this.#startedMs) / TICK_MS);
    // After a stall timers fire before sockets are read, and answers that came in time would be taken for missing: what
    // is overdue expires at the next tick, even if that is late as well.
    if (this.tick - before > STALL_TICKS && this.#swept === before) return;
    while (this.#swept < this.tick) {
      this.#swept++;
      if (this.#swept % (SLOTS / 2) === 0) this.#bringNear();
      const index = this.#slotOf(this.#swept);
      const slot = this.#slots[index];
      if (slot === undefined) continue;
      this.#slots[index] = undefined;
      for (const item of slot) {
        // An item that expired before it may have cleared it, or set it again; one that was set after a stall may share
        // its slot.
        if (item.due > this.#swept) this.#put(item);
        if (item.due !== this.#swept) continue;
        item.due = IDLE;
        item.expire();
      }
    }
  }

  #bringNear(): void {
    for (const item of this.#far) {
      if (item.due - this.tick >= SLOTS) continue;
      this.#far.delete(item);
      this.#put(item);
    }
  }
}
