import pino, { type DestinationStream, type Logger } from "pino";
import { Failure } from "../failure.ts";

export interface LogSink {
  log: Logger;
  /** Writes what is still in memory. */
  flush(): void;
}

/** Logs JSON lines to standard output or to `file`. Lines are buffered briefly so that no login waits for the log. */
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
        // The destination is not open yet, so there is nothing to flush.
      }
    },
  };
}

/** Longest buffering, in bytes and in milliseconds. */
const BUFFER_BYTES = 2048;
const FLUSH_MS = 200;
/** What a pipe takes in one piece (POSIX, PIPE_BUF on Linux), so that lines of several processes do not mix. */
const WHOLE_WRITE_BYTES = 4096;
