import { cutText, textWidth, wrapText } from "./text-width.ts";

/** A table for people: a heading, and rows of as many cells. */
export interface Table {
  heading: readonly string[];
  rows: readonly (readonly string[])[];
  /** Headings of columns that are never cut, such as an id that goes into the next command. */
  whole?: readonly string[];
}

/** Between two columns. */
const GAP = "  ";
/** Before what stands on a line of its own. */
const INDENT = "  ";
/** Cells for a field's name. */
const FIELD_NAME = 10;
/** Narrowest that a column is cut to. */
const NARROWEST = 12;
/** Width where the output is no terminal, which cuts nothing. */
const UNLIMITED = Number.POSITIVE_INFINITY;

/** What a terminal would take for a command, break a line at, or turn around: C0, DEL, C1, separators, bidi controls. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * The table as text, in columns as wide as their widest cell. Where that is more than `width`, the widest columns are cut,
 * and the last is wrapped; columns that do not fit even so stand below each row, by their headings. Cells come from
 * outside: control characters are replaced.
 */
export function formatTable({ heading, rows, whole = [] }: Table, width: number = terminalWidth()): string {
  const lines = [heading, ...rows].map((cells) => cells.map((cell) => cell.replace(CONTROL, "?")));
  const natural = heading.map((_, column) =>
    Math.max(...lines.map((cells) => textWidth(cells[column] ?? ""))),
  );
  const least = natural.map((full, column) =>
    whole.includes(heading[column] ?? "")
      ? full
      : Math.min(full, Math.max(NARROWEST, textWidth(heading[column] ?? ""))),
  );
  const beside = fittingColumns(least, width);
  const widths = narrowed(natural.slice(0, beside), least, width);
  const isWrapped = beside === heading.length;
  return lines
    .flatMap((cells, line) => [
      ...rowLines(cells.slice(0, beside), widths, isWrapped),
      ...(line === 0 ? [] : below(heading.slice(beside), cells.slice(beside), width)),
    ])
    .join("\n");
}

/** Fields by name, a line each; long values are wrapped. */
export function formatFields(
  fields: readonly (readonly string[])[],
  width: number = terminalWidth(),
): string {
  const margin = INDENT.length + FIELD_NAME;
  return fields
    .flatMap(([name = "", value = ""]) =>
      wrapText(value.replace(CONTROL, "?"), Math.max(NARROWEST, width - margin)).map((text, line) =>
        line === 0 ? `${INDENT}${`${name}:`.padEnd(FIELD_NAME)}${text}` : " ".repeat(margin) + text,
      ),
    )
    .join("\n");
}

const totalWidth = (widths: readonly number[]): number =>
  widths.reduce((sum, one) => sum + one, 0) + GAP.length * Math.max(0, widths.length - 1);

/** How many of the first columns fit beside each other. */
function fittingColumns(least: readonly number[], width: number): number {
  for (let count = least.length; count > 1; count--)
    if (totalWidth(least.slice(0, count)) <= width) return count;
  return 1;
}

/** Takes from the widest columns until they fit. */
function narrowed(natural: readonly number[], least: readonly number[], width: number): number[] {
  const widths = [...natural];
  while (totalWidth(widths) > width) {
    const room = widths.map((one, column) => (one > (least[column] ?? 0) ? one : 0));
    const widest = Math.max(...room);
    // One column that may not be cut, and is too wide.
    if (widest === 0) return [Math.floor(width)];
    widths[room.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** A row, and where its last cell is wrapped the lines that this takes. */
function rowLines(cells: readonly string[], widths: readonly number[], isWrapped: boolean): string[] {
  const last = widths.length - 1;
  const [first = "", ...more] = isWrapped
    ? wrapText(cells[last] ?? "", widths[last] ?? 0)
    : [cutText(cells[last] ?? "", widths[last] ?? 0)];
  const before = widths.slice(0, last).map((width, column) => padded(cells[column] ?? "", width) + GAP);
  const margin = " ".repeat(before.length === 0 ? 0 : totalWidth(widths.slice(0, last)) + GAP.length);
  return [before.join("") + first, ...more.map((text) => margin + text)].map((line) => line.trimEnd());
}

const padded = (cell: string, width: number): string => {
  const cut = cutText(cell, width);
  return cut + " ".repeat(width - textWidth(cut));
};

/** Cells without a column, each with its heading; those that say nothing are left out. */
function below(headings: readonly string[], cells: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const [column, heading] of headings.entries()) {
    const cell = cells[column] ?? "";
    if (cell === "" || cell === "-") continue;
    const text = `${heading} ${cell}`;
    const joined = `${lines.at(-1) ?? ""}${GAP}${text}`;
    if (lines.length > 0 && textWidth(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(...wrapText(text, width - INDENT.length).map((part) => INDENT + part));
  }
  return lines;
}

const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : UNLIMITED);
