/** A table for people: a heading, and rows of as many cells. */
export interface Table {
  heading: readonly string[];
  rows: readonly (readonly string[])[];
}

/** Between two columns. */
const GAP = "  ";
/** Narrowest that a column is cut to. */
const NARROWEST = 8;
/** Width where the output is no terminal, which cuts nothing. */
const UNLIMITED = Number.POSITIVE_INFINITY;
const ELLIPSIS = "…";

/** What a terminal would take for a command, or break a line at: C0, DEL, C1. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/**
 * The table as text, in columns as wide as their widest cell; where that is more than `width`, the widest columns are cut.
 * Cells come from outside: control characters are replaced.
 */
export function formatTable({ heading, rows }: Table, width: number = terminalWidth()): string {
  const lines = [heading, ...rows].map((cells) => cells.map((cell) => cell.replace(CONTROL, "?")));
  const widths = heading.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? "").length)));
  const total = (): number => widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1);
  while (total() > width) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => fitted(cell, widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join("\n");
}

const fitted = (cell: string, width: number): string =>
  cell.length > width ? cell.slice(0, width - 1) + ELLIPSIS : cell.padEnd(width);

const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : UNLIMITED);

/** A number of bytes in the unit that suits it: `734 kB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** How long ago something was, in the two units that suit it: `3h 12m`. */
export function formatAge(since: string, nowMs: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(since)) / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value}${unit}`)
    .join(" ");
}
