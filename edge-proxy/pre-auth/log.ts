import { appendFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import type { Logger } from "pino";
import { type PreAuthentication, preAuthLine } from "./log-line.ts";

export interface PreAuthLog {
  write(preAuthentication: PreAuthentication & { instance: string }): void;
  /** Writes lines that are still in memory. */
  flush(): void;
}

/** Lines that wait for a disk that does not answer, in characters; more are dropped. */
const WAITING_CHARACTERS = 1_048_576;
/** A write that takes longer, in milliseconds, is one of a disk that does not answer. */
const STUCK_MS = 1000;

/**
 * Logs pre-authentications: in the JSON log, and, where there is a `file`, as a line of the old multiplexor's log that
 * is appended to it. The file is opened anew for each batch of lines, so that it may be rotated at any time. Throws where
 * it cannot be written.
 */
export function createPreAuthLog(log: Logger, file: string | undefined): PreAuthLog {
  let lines = "";
  let writing = false;
  let writingSinceMs = 0;
  let failed = false;
  let dropped = 0;
  if (file !== undefined) appendFileSync(file, "");

  const failing = (error: unknown): void => {
    if (!failed)
      log.error({ file, error: (error as Error).message }, "pre-authentication log cannot be written");
    failed = true;
  };
  const writeOut = async (path: string): Promise<void> => {
    writing = true;
    while (lines !== "") {
      writingSinceMs = performance.now();
      const batch = lines;
      lines = "";
      try {
        await appendFile(path, batch);
        if (failed || dropped > 0) log.warn({ file, dropped }, "pre-authentication log can be written again");
        failed = false;
        dropped = 0;
      } catch (error) {
        failing(error);
        dropped += batch.split("\n").length - 1;
      }
    }
    writing = false;
  };
  return {
    write(preAuthentication) {
      const { sid, instance, user, clientAddress: client } = preAuthentication;
      const line = preAuthLine(preAuthentication);
      log.info({ sid, instance, user, client, line }, "pre-authenticated");
      if (file === undefined) return;
      if (lines.length > WAITING_CHARACTERS) {
        dropped++;
        return;
      }
      lines += `${line}\n`;
      if (!writing) void writeOut(file);
    },
    flush() {
      const batch = lines;
      lines = "";
      // A disk that is full or does not answer must not hold up the end of the process.
      const isStuck = writing && performance.now() - writingSinceMs > STUCK_MS;
      if (file === undefined || batch === "" || failed || isStuck) return;
      try {
        appendFileSync(file, batch);
      } catch (error) {
        failing(error);
      }
    },
  };
}
