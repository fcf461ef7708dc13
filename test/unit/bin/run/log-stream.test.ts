import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FILE_WRITE_BYTES, logStream, PIPE_WRITE_BYTES } from "../../../../bin/run/log-stream.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A device that takes what it is told to, and holds each write until the test answers it. */
function device(waitingBytes?: number, largestBytes = PIPE_WRITE_BYTES) {
  let pending:
    | { bytes: string; done: (error: NodeJS.ErrnoException | null, written: number) => void }
    | undefined;
  let taken = "";
  const recovered: number[] = [];
  const stream = logStream(
    (bytes, done) => {
      expect(pending).toBeUndefined();
      pending = { bytes: Buffer.from(bytes).toString(), done };
    },
    (dropped) => void recovered.push(dropped),
    largestBytes,
    waitingBytes,
  );
  const answer = (error: NodeJS.ErrnoException | null, written: number): void => {
    const { done } = pending ?? expect.unreachable("no write is under way");
    pending = undefined;
    done(error, written);
  };
  return {
    stream,
    recovered,
    get taken() {
      return taken;
    },
    get pending() {
      return pending?.bytes;
    },
    take(bytes = pending?.bytes.length ?? 0) {
      taken += pending?.bytes.slice(0, bytes) ?? "";
      answer(null, bytes);
    },
    fail: (code: string) => answer(Object.assign(new Error(code), { code }), 0),
  };
}

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index} ${"x".repeat(90)}\n`);

test("a few lines wait for others, and are written together", () => {
  const log = device();
  for (const line of lines(0, 3)) log.stream.write(line);
  expect(log.pending).toBeUndefined();
  vi.advanceTimersByTime(50);
  expect(log.pending).toBe(lines(0, 3).join(""));
});

test("many lines are written at once, in whole lines that a pipe takes in one piece", () => {
  const log = device();
  for (const line of lines(0, 200)) log.stream.write(line);
  const sizes: number[] = [];
  while (log.pending !== undefined) {
    expect(log.pending).toMatch(/^line .*\n$/s);
    sizes.push(log.pending.length);
    log.take();
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
  vi.advanceTimersByTime(50);
  if (log.pending !== undefined) log.take();
  expect(log.taken).toBe(lines(0, 200).join(""));
});

test("lines that come during a write wait for others, too", () => {
  const log = device();
  for (const line of lines(0, 40)) log.stream.write(line);
  for (const line of lines(40, 43)) log.stream.write(line);
  log.take();
  expect(log.pending).toBeUndefined();
  vi.advanceTimersByTime(50);
  log.take();
  expect(log.taken).toBe(lines(0, 43).join(""));
});

test("a file gets large writes", () => {
  const log = device(undefined, FILE_WRITE_BYTES);
  for (const line of lines(0, 1000)) log.stream.write(line);
  expect(log.pending?.length).toBeGreaterThan(FILE_WRITE_BYTES / 2);
  expect(log.pending?.length).toBeLessThanOrEqual(FILE_WRITE_BYTES);
});

test("a line longer than a pipe takes is written all the same, and a write that was cut goes on", () => {
  const log = device();
  const long = `${"y".repeat(10_000)}\n`;
  log.stream.write(long);
  log.take(3000);
  log.take(7001);
  expect(log.taken).toBe(long);
});

test("a full disk costs the lines that find no room, and nothing twice", () => {
  const log = device(5000);
  for (const line of lines(0, 120)) log.stream.write(line);
  log.fail("ENOSPC");
  expect(log.pending).toBeUndefined();
  const { dropped } = log.stream;
  expect(dropped).toBeGreaterThan(20);
  vi.advanceTimersByTime(999);
  expect(log.pending).toBeUndefined();
  vi.advanceTimersByTime(1);
  log.fail("ENOSPC");
  log.stream.write(lines(100, 101)[0] ?? "");
  expect(log.stream.dropped).toBe(dropped + 1);
  vi.advanceTimersByTime(1000);
  log.take(50);
  expect(log.recovered).toEqual([]);
  log.take();
  expect(log.recovered).toEqual([dropped + 1]);
  for (let write = 0; write < 2; write++) {
    vi.advanceTimersByTime(50);
    log.take();
  }
  expect(log.taken).toBe(lines(0, 120 - dropped).join(""));
  for (const line of lines(200, 240)) log.stream.write(line);
  expect(log.taken + log.pending).toContain("line 200");
  log.take();
  expect(log.recovered).toEqual([dropped + 1]);
});

test("a full pipe is tried again soon", () => {
  const log = device();
  for (const line of lines(0, 40)) log.stream.write(line);
  log.fail("EAGAIN");
  vi.advanceTimersByTime(50);
  log.take();
  expect(log.taken).toContain("line 0");
});

test.each([
  ["all is written", (log: ReturnType<typeof device>) => log.take(), false],
  ["writing fails", (log: ReturnType<typeof device>) => log.fail("ENOSPC"), false],
  ["its time is over", () => void vi.advanceTimersByTime(500), true],
])("a flush ends once %s", async (_name, happens, stillWriting) => {
  const log = device();
  log.stream.write("line\n");
  let over = false;
  const flushed = log.stream.flush(500).then(() => {
    over = true;
  });
  await Promise.resolve();
  expect([over, log.stream.writing]).toEqual([false, true]);
  happens(log);
  await flushed;
  expect(log.stream.writing).toBe(stillWriting);
});

test("a flush of nothing ends at once", async () => {
  await device().stream.flush(500);
});
