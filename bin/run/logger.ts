import { fstatSync, mkdirSync, openSync, write } from "node:fs";
import { dirname } from "node:path";
import pino, { type Logger } from "pino";
import { Failure } from "../failure.ts";
import { stringifyNatively } from "./log-line.ts";
import {
  FILE_WRITE_BYTES,
  type LogStream,
  logStream,
  PIPE_WRITE_BYTES,
  type WriteBytes,
} from "./log-stream.ts";
import { registerLog } from "./open-logs.ts";

const STANDARD_OUTPUT = 1;

/** What Deno writes by without stopping: its node:fs waits for a reader that has stopped. */
interface DenoOutput {
  write(bytes: Uint8Array): Promise<number>;
}

let dropped = (): number => 0;

/** Log lines of this process that were dropped so far because they could not be written. */
export const droppedLogLines = (): number => dropped();

/**
 * Logs JSON lines to standard output or to `file`. Lines are buffered briefly so that no login waits for the log, and
 * dropped if they cannot be written. They are flushed before the process exits.
 */
export function createLog(level: string, file?: string): Logger {
  const descriptor = file === undefined ? STANDARD_OUTPUT : openLog(file);
  const stream: LogStream = logStream(
    file === undefined ? toStandardOutput() : toFile(descriptor),
    (lines) => log.warn({ dropped: lines }, "the log can be written again; lines were lost"),
    fstatSync(descriptor).isFile() ? FILE_WRITE_BYTES : PIPE_WRITE_BYTES,
  );
  const log = stringifyNatively(pino({ level, base: { pid: process.pid } }, stream));
  dropped = () => stream.dropped;
  registerLog(stream);
  process.on("exit", () => {
    // Node and Deno wait for a write that a stalled reader holds up: for ever.
    if (stream.writing) process.kill(process.pid, "SIGKILL");
  });
  return log;
}

function toStandardOutput(): WriteBytes {
  const { Deno: deno } = globalThis as { Deno?: { stdout: DenoOutput } };
  if (deno === undefined) return toFile(STANDARD_OUTPUT);
  return (bytes, done) =>
    void deno.stdout.write(bytes).then(
      (written) => done(null, written),
      (error: NodeJS.ErrnoException) => done(error, 0),
    );
}

const toFile =
  (descriptor: number): WriteBytes =>
  (bytes, done) =>
    write(descriptor, bytes, 0, bytes.length, null, (error, written) => done(error, written));

function openLog(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, "a");
  } catch (error) {
    throw new Failure(`the log cannot be written: ${(error as Error).message}`);
  }
}
