/** A bounded queue between those who produce and one who consumes: who produces faster waits. */
export interface Channel<T> {
  /** Undefined where there is room for more; else a promise of room. False: nobody takes any more. */
  push(value: T): undefined | false | Promise<void>;
  /** All that is there, at least one value, in order; undefined at the end. Rejects with what `fail` was told. */
  take(): Promise<T[] | undefined>;
  /** No more will come; what is there can still be taken. */
  end(): void;
  /** No more will come, and what is there does not count. */
  fail(error: unknown): void;
}

export function channel<T>(capacity: number): Channel<T> {
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

/** Feeds the channel from the source until the source ends or nobody takes any more; then the source is closed. */
export async function pump<T>(source: AsyncIterable<T>, into: Channel<T>): Promise<void> {
  for await (const value of source) {
    const room = into.push(value);
    if (room === false) return;
    if (room !== undefined) await room;
  }
}

/** As `pump`, and the channel ends, or fails, as the source does. */
export const feed = <T>(source: AsyncIterable<T>, into: Channel<T>): Promise<void> =>
  pump(source, into).then(into.end, into.fail);
