import type { Timed, Timers } from "../../edge-proxy/timer-wheel.ts";

interface Event {
  atMs: number;
  /** Events at the same time happen in the order in which they were set. */
  order: number;
  happen(): void;
}

/** Virtual time: events happen in their order, each as soon as the one before is done. */
export class EventClock implements Timers {
  nowMs = 0;
  /** A binary heap by time. */
  readonly #events: Event[] = [];
  /** The event that each time-out waits for. */
  readonly #timeOuts = new Map<Timed, Event>();
  #order = 0;

  after(seconds: number, happen: () => void): Event {
    const event = { atMs: this.nowMs + seconds * 1000, order: this.#order++, happen };
    this.#add(event);
    return event;
  }

  set(item: Timed, seconds: number): void {
    const event = this.after(seconds, () => {
      if (this.#timeOuts.get(item) !== event) return;
      this.#timeOuts.delete(item);
      item.expire();
    });
    this.#timeOuts.set(item, event);
  }

  clear(item: Timed): void {
    this.#timeOuts.delete(item);
  }

  runUntil(endMs: number): void {
    for (let next = this.#events[0]; next !== undefined && next.atMs <= endMs; next = this.#events[0]) {
      this.#take();
      this.nowMs = next.atMs;
      next.happen();
    }
    this.nowMs = endMs;
  }

  #add(event: Event): void {
    const heap = this.#events;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #take(): void {
    const heap = this.#events;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const [one, other] = [heap[left], heap[right]];
      const isRight = one !== undefined && other !== undefined && isBefore(other, one);
      const child = isRight ? other : one;
      if (child === undefined || isBefore(last, child)) break;
      heap[at] = child;
      at = isRight ? right : left;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Event, b: Event): boolean => (a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs);
