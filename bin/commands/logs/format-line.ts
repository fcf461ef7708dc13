import type { AnyLine } from "./read-line.ts";

export interface LineStyle {
  color: boolean;
  /** Columns of the terminal. */
  width: number;
}

const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
/** SGR codes: faint, yellow, red. */
const COLORS: Readonly<Record<number, string>> = { 20: "2", 40: "33", 50: "31", 60: "31" };
/** Further lines of one that is wider than the terminal. */
const INDENT = "    ";
/** Narrower than this, nothing is broken. */
const NARROWEST = 40;

/** What a terminal would take for a command: C0, DEL, C1. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/**
 * A line of the log as a person reads it, over several lines of the terminal where it is too wide.
 *
 *     2026-11-24 09:14:02.101 warn  lease not renewed  error="timed out"
 */
export function formatLine({ level, time, msg, pid: _pid, ...fields }: AnyLine, style: LineStyle): string {
  const words = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  const at = formatTime(time);
  const name = (LEVEL_NAMES[level] ?? String(level)).padEnd(5);
  const lines = broken([`${at} ${name} ${msg}`, ...words].map(printable), style.width);
  const color = style.color ? COLORS[level] : undefined;
  if (color === undefined) return lines.join("\n");
  return lines.map((line) => `\u001b[${color}m${line}\u001b[0m`).join("\n");
}

const formatTime = (ms: number): string =>
  Number.isFinite(new Date(ms).getTime())
    ? new Date(ms).toISOString().replace("T", " ").replace("Z", "")
    : String(ms);

/** Text without quotes where it has no spaces, else JSON. */
const formatValue = (value: unknown): string =>
  typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);

const printable = (text: string): string => text.replace(CONTROL, "?");

/** Joins words by spaces into lines of at most `width`; one word that is longer has a line of its own. */
function broken(words: readonly string[], width: number): string[] {
  const most = Math.max(width, NARROWEST);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(INDENT + word);
  }
  return lines;
}
