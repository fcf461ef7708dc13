import { z } from "zod";
import { LogLine } from "../../bin/run/log-lines.ts";

/** docs/log.schema.json: what a line of the log may be. */
export const logSchema = (): string =>
  `${JSON.stringify({ title: "A line of the log of mmp", ...z.toJSONSchema(LogLine) }, null, 2)}\n`;
