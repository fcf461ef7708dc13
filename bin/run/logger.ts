import pino, { type DestinationStream, type Logger } from "pino";
import { Failure } from "../failure.ts";

/** Levels that --log-level takes. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"];

export interface LogSink {
  log: Logger;
  /** Writes out what is still in memory. */
  flush(): void;
}

/** JSON lines to standard output, or to `file`. Lines are gathered for a moment, so that logging costs no login its time. */
export function createLog(level: string, file?: string): LogSink {
  const destination = pino.destination({
    dest: file ?? 1,
    mkdir: true,
    sync: false,
    minLength: BUFFER_BYTES,
    maxWrite: WHOLE_WRITE_BYTES,
    periodicFlush: FLUSH_MS,
  });
  destination.on("error", (error: Error) => {
    throw new Failure(`the log cannot be written: ${error.message}`);
  });
  return {
    log: pino({ level, base: { pid: process.pid } }, destination as DestinationStream),
    flush() {
      try {
        destination.flushSync();
      } catch {
        // Nothing was written yet, so there is nothing to flush.
      }
    },
  };
}

/** Gathered at most, in bytes and in milliseconds. */
const BUFFER_BYTES = 2048;
const FLUSH_MS = 200;
/** What a pipe takes in one piece (POSIX, PIPE_BUF on Linux): lines of several processes do not mix. */
const WHOLE_WRITE_BYTES = 4096;
