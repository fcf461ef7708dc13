import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Row, table } from "./report.ts";

const PAGE = new URL("../../docs/reliability.md", import.meta.url);
const BEGIN = "<!-- soak: begin, written by `npm run soak` -->";
const END = "<!-- soak: end -->";

/** Puts the figures between the page's marks. */
export function writeSoak(
  { minutes, sessions, perSecond }: { minutes: number; sessions: number; perSecond: number },
  rows: readonly Row[],
): void {
  const text = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/reliability.md must have a line ${BEGIN} and below it a line ${END}`);
  const said = `The last run: ${minutes} minutes, ${sessions.toLocaleString("en-US")} idle sessions, ${perSecond} logins a second.`;
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${said}\n\n${table(rows)}\n\n${END}${after}`);
}
