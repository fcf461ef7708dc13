/** Writes bytes; `done` is called once with an error, or with how many were written. */
export type WriteBytes = (
  bytes: Uint8Array,
  done: (error: NodeJS.ErrnoException | null, written: number) => void,
) => void;

export interface LogStream {
  /** Takes a line, with its line end. Never throws, never waits. */
  write(line: string): void;
  /** Lines that were dropped so far because they could not be written. */
  readonly dropped: number;
  /** A write that began has not ended. */
  readonly writing: boolean;
  /** Lines are batched as ever, but not written. */
  discards: boolean;
  /** Resolves when everything is written, when that fails, or after `deadlineMs`. */
  flush(deadlineMs: number): Promise<void>;
}

/** What a pipe takes in one piece (PIPE_BUF on Linux): lines of several processes do not mix. */
export const PIPE_WRITE_BYTES = 4096;
/** A file takes any write in one piece. Fewer, larger writes save an edge 1 to 3 % of what a login costs. */
export const FILE_WRITE_BYTES = 65_536;
/** Lines wait until they fill so much of a write, or for this time. */
const FULL = 0.8;
const BATCH_MS = 50;
/** Memory for lines that cannot be written, in bytes; more lines are dropped. */
const WAITING_BYTES = 1_048_576;
/** After an error nothing is written for as long; a pipe that is full is tried sooner. */
const RETRY_MS = 1000;
const FULL_PIPE_MS = 50;

/**
 * Writes lines in batches of `largestBytes` at most, one write at a time; a longer line has a write of its own. After an
 * error (a full disk, a reader that is gone) the same bytes are retried later. Meanwhile memory is bounded: lines that do
 * not fit are dropped and counted. Once writing works again, `onRecovered` gets the number of lines lost.
 */
export function logStream(
  writeBytes: WriteBytes,
  onRecovered: (dropped: number) => void,
  largestBytes = PIPE_WRITE_BYTES,
  waitingBytes = WAITING_BYTES,
): LogStream {
  const batchBytes = largestBytes * FULL;
  let lines: string[] = [];
  /** Characters of the lines: near enough to bytes. */
  let held = 0;
  let chunk: Uint8Array = new Uint8Array();
  let state: "idle" | "writing" | "discarding" | "failing" = "idle";
  let dropped = 0;
  let reported = 0;
  let idle: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  const settle = (): void => {
    const waiters = idle;
    idle = [];
    for (const wake of waiters) wake();
  };
  const later = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(next, ms);
    timer.unref();
  };

  /** Writes what is left of a chunk, or the next one. */
  function next(): void {
    if (state === "writing" || state === "discarding") return;
    if (chunk.length === 0) chunk = take();
    if (chunk.length === 0) {
      state = "idle";
      return settle();
    }
    state = stream.discards ? "discarding" : "writing";
    (stream.discards ? discard : writeBytes)(chunk, (error, written) => {
      if (error !== null) {
        state = "failing";
        later(error.code === "EAGAIN" ? FULL_PIPE_MS : RETRY_MS);
        return settle();
      }
      state = "idle";
      chunk = chunk.subarray(written);
      if (chunk.length === 0 && reported < dropped) {
        const lost = dropped - reported;
        reported = dropped;
        onRecovered(lost);
      }
      if (chunk.length > 0 || held >= batchBytes || idle.length > 0) next();
      else if (lines.length > 0) later(BATCH_MS);
    });
  }

  /** As many whole lines as fit into a write, at least one. */
  function take(): Uint8Array {
    let size = 0;
    let count = 0;
    while (count < lines.length && (count === 0 || size + (lines[count]?.length ?? 0) <= largestBytes)) {
      size += lines[count++]?.length ?? 0;
    }
    const text = lines.slice(0, count).join("");
    lines = lines.slice(count);
    held -= size;
    return Buffer.from(text);
  }

  const stream: LogStream = {
    discards: false,
    write(line) {
      if (held + line.length > waitingBytes) {
        dropped++;
        return;
      }
      lines.push(line);
      held += line.length;
      if (state !== "idle") return;
      if (held >= batchBytes) next();
      else if (lines.length === 1) later(BATCH_MS);
    },
    get dropped() {
      return dropped;
    },
    get writing() {
      return state === "writing";
    },
    flush(deadlineMs) {
      return new Promise((resolve) => {
        const deadline = setTimeout(resolve, deadlineMs);
        idle.push(() => {
          clearTimeout(deadline);
          resolve();
        });
        next();
      });
    },
  };
  return stream;
}

const discard: WriteBytes = (bytes, done) => void setImmediate(done, null, bytes.length);
