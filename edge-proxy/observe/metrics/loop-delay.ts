/** How often the event loop's delay is looked at, in milliseconds. */
const LOOK_MS = 500;
/** A delay is reported for at least one window and at most two, in milliseconds: each scraper sees it. */
const WINDOW_MS = 30_000;

/** Watches how late the event loop comes to what is due. */
export class LoopDelay {
  readonly #timer: ReturnType<typeof setInterval>;
  #dueMs = performance.now() + LOOK_MS;
  #windowStartMs = performance.now();
  #maxMs = 0;
  #maxBeforeMs = 0;

  constructor() {
    this.#timer = setInterval(() => this.#look(performance.now()), LOOK_MS);
    this.#timer.unref();
  }

  /** The longest delay of the last half minute or so, in seconds. */
  get seconds(): number {
    return Math.max(this.#maxMs, this.#maxBeforeMs) / 1000;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(nowMs: number): void {
    if (nowMs - this.#windowStartMs >= WINDOW_MS) {
      this.#maxBeforeMs = this.#maxMs;
      this.#maxMs = 0;
      this.#windowStartMs = nowMs;
    }
    this.#maxMs = Math.max(this.#maxMs, nowMs - this.#dueMs);
    this.#dueMs = nowMs + LOOK_MS;
  }
}
