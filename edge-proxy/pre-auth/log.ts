import { appendFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import type { Logger } from "pino";
import { type PreAuthentication, preAuthLine } from "./log-line.ts";

export interface PreAuthLog {
  write(preAuthentication: PreAuthentication & { instance: string }): void;
  /** Writes lines that are still in memory. */
  flush(): void;
}

/**
 * Logs pre-authentications: in the JSON log, and, where there is a `file`, as a line of the old multiplexor's log that
 * is appended to it. The file is opened anew for each batch of lines, so that it may be rotated at any time. Throws where
 * it cannot be written.
 */
export function createPreAuthLog(log: Logger, file: string | undefined): PreAuthLog {
  let lines = "";
  let writing = false;
  let failed = false;
  if (file !== undefined) appendFileSync(file, "");

  const failing = (error: unknown): void => {
    if (!failed)
      log.error({ file, error: (error as Error).message }, "pre-authentication log cannot be written");
    failed = true;
  };
  const writeOut = async (path: string): Promise<void> => {
    writing = true;
    while (lines !== "") {
      const batch = lines;
      lines = "";
      try {
        await appendFile(path, batch);
        failed = false;
      } catch (error) {
        failing(error);
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
      lines += `${line}\n`;
      if (!writing) void writeOut(file);
    },
    flush() {
      const batch = lines;
      lines = "";
      if (file === undefined || batch === "") return;
      try {
        appendFileSync(file, batch);
      } catch (error) {
        failing(error);
      }
    },
  };
}
