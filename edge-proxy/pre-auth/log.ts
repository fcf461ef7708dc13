import { appendFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import type { Logger } from "pino";
import { type PreAuthentication, preAuthLine } from "./log-line.ts";

export interface PreAuthLog {
  write(preAuthentication: PreAuthentication & { instance: string }): void;
  /** Writes out what is still in memory. */
  flush(): void;
}

/**
 * Tells of pre-authentications: in the JSON log, and where there is a `file` by the old log's line alone, appended to
 * it. The file is opened anew for each lot of lines, so that it may be moved away at any time. Throws where it cannot
 * be written at all.
 */
export function createPreAuthLog(log: Logger, file: string | undefined): PreAuthLog {
  let lines = "";
  let writing = false;
  let failed = false;
  if (file !== undefined) appendFileSync(file, "");

  const told = (error: unknown): void => {
    if (!failed)
      log.error({ file, error: (error as Error).message }, "pre-authentications cannot be written");
    failed = true;
  };
  const writeOut = async (path: string): Promise<void> => {
    writing = true;
    while (lines !== "") {
      const lot = lines;
      lines = "";
      try {
        await appendFile(path, lot);
        failed = false;
      } catch (error) {
        told(error);
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
      const lot = lines;
      lines = "";
      if (file === undefined || lot === "") return;
      try {
        appendFileSync(file, lot);
      } catch (error) {
        told(error);
      }
    },
  };
}
