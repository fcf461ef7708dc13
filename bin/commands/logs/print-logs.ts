import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { EXIT, Failure } from "../../failure.ts";
import { formatLine, type LineStyle } from "./format-line.ts";
import { fits, type LineFilter, readLine } from "./read-line.ts";

export interface LogsOptions extends Omit<LineFilter, "level"> {
  level?: keyof typeof LEVELS;
}

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50 };

/** Prints log lines until the file or standard input ends. Throws a Failure if the file cannot be read. */
export async function printLogs(file: string | undefined, options: LogsOptions): Promise<void> {
  const input = file === undefined ? process.stdin : createReadStream(file);
  const filter: LineFilter = {
    ...(options.sid === undefined ? {} : { sid: options.sid }),
    ...(options.account === undefined ? {} : { account: options.account.toLowerCase() }),
    ...(options.level === undefined ? {} : { level: LEVELS[options.level] }),
  };
  // A reader that has seen enough, such as head, closes the pipe.
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  process.stdout.on("error", () => leave());
  const print = async (): Promise<void> => {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const line = readLine(text);
      if (line === undefined) process.stdout.write(`${text}\n`);
      else if (fits(line, filter)) process.stdout.write(`${formatLine(line, style())}\n`);
    }
  };
  try {
    await Promise.race([print(), left]);
  } catch (error) {
    throw new Failure(`${file ?? "standard input"}: ${(error as Error).message}`, EXIT.usage);
  }
}

/** Asked for each line: a terminal may change its width. */
function style(): LineStyle {
  const { isTTY, columns } = process.stdout;
  const { NO_COLOR, TERM } = process.env;
  const plain = (NO_COLOR !== undefined && NO_COLOR !== "") || TERM === "dumb";
  return { color: isTTY === true && !plain, width: isTTY === true ? columns : Number.POSITIVE_INFINITY };
}
