/** A bounded queue from any number of producers to one consumer; a producer that is faster waits. */
export interface EventQueue<T> {
  /** Undefined while there is room, else a promise that resolves when there is. False: the queue is closed. */
  push(value: T): undefined | false | Promise<void>;
  /** All queued values, at least one, in order; undefined at the end. Rejects with the error given to `fail`. */
  take(): Promise<T[] | undefined>;
  /** No more values will come; those in the queue can still be taken. */
  end(): void;
  /** No more values will come, and those in the queue are dropped. */
  fail(error: unknown): void;
}

export function eventQueue<T>(capacity: number): EventQueue<T> {
  let values: T[] = [];
  let state: { is: "open" } | { is: "ended" } | { is: "failed"; error: unknown } = { is: "open" };
  let roomWaiters: (() => void)[] = [];
  let takeWaiter: (() => void) | undefined;

  const wakeTaker = (): void => {
    takeWaiter?.();
    takeWaiter = undefined;
  };
  const wakePushers = (): void => {
    const waiters = roomWaiters;
    roomWaiters = [];
    for (const wake of waiters) wake();
  };
  const close = (next: typeof state): void => {
    if (state.is !== "open") return;
    state = next;
    wakeTaker();
    wakePushers();
  };

  return {
    push(value) {
      if (state.is !== "open") return false;
      values.push(value);
      wakeTaker();
      if (values.length < capacity) return undefined;
      return new Promise((resolve) => roomWaiters.push(resolve));
    },
    async take() {
      while (values.length === 0 && state.is === "open") {
        await new Promise<void>((resolve) => {
          takeWaiter = resolve;
        });
      }
      if (state.is === "failed") throw state.error;
      if (values.length === 0) return undefined;
      const taken = values;
      values = [];
      wakePushers();
      return taken;
    },
    end: () => close({ is: "ended" }),
    fail: (error) => close({ is: "failed", error }),
  };
}

/** Moves values from the source into the queue until either ends, and closes the source. */
export async function pump<T>(source: AsyncIterable<T>, into: EventQueue<T>): Promise<void> {
  for await (const value of source) {
    const room = into.push(value);
    if (room === false) return;
    if (room !== undefined) await room;
  }
}

/** Like `pump`, and the queue ends or fails together with the source. */
export const pumpToEnd = <T>(source: AsyncIterable<T>, into: EventQueue<T>): Promise<void> =>
  pump(source, into).then(into.end, into.fail);
