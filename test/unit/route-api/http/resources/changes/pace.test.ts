import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPace } from "../../../../../../route-api/http/resources/changes/pace.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A reader that always finds the end of its feed, every 20 ms. */
function reader(onWrite: (written: () => void) => (() => void) | undefined) {
  let reads = 0;
  const pace = createPace({
    pollMs: 20,
    onWrite,
    nowMs: () => performance.now(),
    read() {
      reads++;
      pace.pause();
    },
  });
  return {
    pace,
    readsIn(ms: number): number {
      reads = 0;
      vi.advanceTimersByTime(ms);
      return reads;
    },
  };
}

/** The same, reading. */
function running(onWrite: Parameters<typeof reader>[0]) {
  const it = reader(onWrite);
  it.pace.start();
  it.pace.pause();
  return it;
}

/** A store that tells of writes. */
function telling() {
  const told = new Set<() => void>();
  return {
    told,
    write() {
      for (const written of told) written();
    },
    onWrite(written: () => void) {
      told.add(written);
      return () => void told.delete(written);
    },
  };
}

test("where the store cannot tell of writes, reads come at even times", () => {
  const { readsIn } = running(() => undefined);
  expect(readsIn(1000)).toBe(50);
});

test("where it can, reads are seldom until a write, and frequent while it may not be readable yet", () => {
  const store = telling();
  const { readsIn } = running(store.onWrite);
  expect(readsIn(1000)).toBe(2);
  store.write();
  expect(readsIn(0)).toBe(0); // it has read already: during the write
  expect(readsIn(100)).toBe(5);
  expect(readsIn(2000)).toBeLessThan(7);
});

test("a write while a read is under way is not forgotten", () => {
  const store = telling();
  const { pace, readsIn } = reader(store.onWrite);
  pace.start();
  store.write();
  pace.pause();
  expect(readsIn(20)).toBe(1);
});

test("many writes cause no more reads than without being told", () => {
  const store = telling();
  const { readsIn } = running(store.onWrite);
  let reads = 0;
  for (let ms = 0; ms < 1000; ms++) {
    store.write();
    reads += readsIn(1);
  }
  expect(reads).toBeGreaterThan(45);
  expect(reads).toBeLessThan(52);
});

test("one that has stopped reads no more, and hears of nothing", () => {
  const store = telling();
  const { pace, readsIn } = running(store.onWrite);
  pace.stop();
  expect(store.told.size).toBe(0);
  expect(readsIn(5000)).toBe(0);
});
