import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Timed, TimerWheel } from "../../../edge-proxy/timer-wheel.ts";

let wheel: TimerWheel;

beforeEach(() => {
  vi.useFakeTimers();
  wheel = new TimerWheel();
});
afterEach(() => {
  wheel.stop();
  vi.useRealTimers();
});

function timed() {
  const item = { due: -1, count: 0, expire: () => void item.count++ };
  return item;
}

test.each([0.05, 1, 60, 409, 410, 1860, 86_400])("%s s: not before, then once", (seconds) => {
  const item = timed();
  wheel.set(item, seconds);
  vi.advanceTimersByTime(Math.max(0, seconds * 1000 - 100));
  expect(item.count).toBe(0);
  vi.advanceTimersByTime(200);
  expect(item.count).toBe(1);
  vi.advanceTimersByTime(500_000);
  expect(item.count).toBe(1);
});

test.each([1, 1000])("a time-out of %s s can be cleared, and set again", (seconds) => {
  const item = timed();
  wheel.set(item, seconds);
  wheel.clear(item);
  vi.advanceTimersByTime(seconds * 1000 + 200);
  expect(item.count).toBe(0);
  wheel.set(item, seconds);
  wheel.set(item, seconds * 2);
  vi.advanceTimersByTime(seconds * 1000 + 200);
  expect(item.count).toBe(0);
  vi.advanceTimersByTime(seconds * 1000);
  expect(item.count).toBe(1);
});

test("an item may set itself again while it expires", () => {
  const item = timed();
  item.expire = () => {
    item.count++;
    if (item.count < 3) wheel.set(item, 1);
  };
  wheel.set(item, 1);
  vi.advanceTimersByTime(10_000);
  expect(item.count).toBe(3);
});

test.each([
  ["cleared", [0, 0], (other: Timed) => wheel.clear(other)],
  ["set anew", [0, 1], (other: Timed) => wheel.set(other, 5)],
])("an item that another one of its tick has %s does not expire then", (_what, counts, act) => {
  const other = timed();
  const first = { due: -1, expire: () => act(other) };
  wheel.set(first, 1);
  wheel.set(other, 1);
  vi.advanceTimersByTime(1200);
  expect(other.count).toBe(counts[0]);
  vi.advanceTimersByTime(10_000);
  expect(other.count).toBe(counts[1]);
});

test.each([30, 409, 1000])(
  "after a stall of %s s, what arrived meanwhile comes before the time-outs",
  (seconds) => {
    const [overdue, later, fresh] = [timed(), timed(), timed()];
    wheel.set(overdue, 5);
    wheel.set(later, seconds + 5);
    // Time passes, and no timer fires.
    const { now } = performance;
    const stalled = vi
      .spyOn(performance, "now")
      .mockImplementation(() => now.call(performance) + seconds * 1000);
    vi.advanceTimersByTime(100);
    expect(overdue.count).toBe(0);
    // What is set now has its whole time.
    wheel.set(fresh, 5);
    vi.advanceTimersByTime(100);
    expect([overdue.count, later.count, fresh.count]).toEqual([1, 0, 0]);
    vi.advanceTimersByTime(4700);
    expect([later.count, fresh.count]).toEqual([0, 0]);
    vi.advanceTimersByTime(400);
    expect([overdue.count, later.count, fresh.count]).toEqual([1, 1, 1]);
    stalled.mockRestore();
  },
);

test("in a process that stalls again and again, time-outs expire all the same", () => {
  const item = timed();
  wheel.set(item, 5);
  const { now } = performance;
  let lateMs = 0;
  const late = vi.spyOn(performance, "now").mockImplementation(() => now.call(performance) + lateMs);
  for (let round = 0; round < 4; round++) {
    lateMs += 2000;
    vi.advanceTimersByTime(100);
  }
  expect(item.count).toBe(1);
  late.mockRestore();
});
