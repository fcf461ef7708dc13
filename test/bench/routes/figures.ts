/** The value below which a share of the sorted samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1);
  return sorted[Math.max(0, index)] ?? Number.NaN;
}

/** One row of the report. */
export interface Row {
  what: string;
  figure: string;
}

/** Day and machine, and a table of the rows. */
export const reportOf = (machine: string, rows: readonly Row[]): string =>
  [machine, ["| | |", "| --- | ---: |", ...rows.map(lineOf)].join("\n")].join("\n\n");

const lineOf = ({ what, figure }: Row): string => `| ${what} | ${figure} |`;

/** A report with rows in place of those that say the same, and behind them those that are new. It keeps its day and machine. */
export function withRows(report: string, rows: readonly Row[]): string {
  const lines = report.trim().split("\n");
  for (const row of rows) {
    const at = lines.findIndex((line) => line.startsWith(`| ${row.what} | `));
    lines.splice(at < 0 ? lines.length : at, at < 0 ? 0 : 1, lineOf(row));
  }
  return lines.join("\n");
}
