import type { Sample } from "./measure.ts";
import { FIGURES, MODES, type Mode } from "./modes.ts";
import type { FigureOf, Verdict } from "./targets.ts";

const NOTHING = "–";

/** The middle of the values; the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** Medians over all passes. */
export function medians(samples: readonly Sample[]): FigureOf {
  return (proxy, mode, detail) =>
    median(detail === undefined ? figuresOf(samples, proxy, mode) : detailsOf(samples, proxy, mode, detail));
}

/** A row a figure, a column a proxy: the median, with the least and the greatest where there are several. */
export function figureTable(proxies: readonly string[], samples: readonly Sample[]): string {
  const modes = MODES.filter((mode) => samples.some((sample) => sample.mode === mode));
  const rows = modes.map((mode) => {
    const cells = proxies.map((proxy) => spread(figuresOf(samples, proxy, mode), FIGURES[mode].digits));
    return [FIGURES[mode].label, ...cells];
  });
  const baseRows = modes
    .filter((mode) => mode.startsWith("idle"))
    .map((mode) => [
      `memory without these ${mode === "idle-tls" ? "TLS" : "plain"} sessions, after as many logins, MiB`,
      ...proxies.map((proxy) =>
        spread(
          detailsOf(samples, proxy, mode, "baseKiB").map((kib) => kib / 1024),
          0,
        ),
      ),
    ]);
  const noopRows = modes
    .filter((mode) => mode.startsWith("idle"))
    .map((mode) => [
      `NOOP beside these ${mode === "idle-tls" ? "TLS" : "plain"} sessions, p99, µs`,
      ...proxies.map((proxy) => spread(detailsOf(samples, proxy, mode, "noopP99Us"), 0)),
    ]);
  const besideRows = modes
    .filter((mode) => proxies.some((proxy) => detailsOf(samples, proxy, mode, "besideUs").length > 0))
    .map((mode) => [
      `${FIGURES[mode].label}: the route API's, not counted above`,
      ...proxies.map((proxy) => spread(detailsOf(samples, proxy, mode, "besideUs"), 0)),
    ]);
  return table(["", ...proxies], [...rows, ...baseRows, ...noopRows, ...besideRows]);
}

/** A row a target, with must and aim, and whether they hold. */
export function ratioTable(verdicts: readonly Verdict[]): string {
  const holds = { "not measured": "not measured", no: "no", must: "must", aim: "must and aim" };
  const rows = verdicts.map((verdict) => [
    verdict.target.name,
    decimal(verdict.ratio, 2),
    decimal(verdict.ratioWithoutCache, 2),
    `≤ ${verdict.target.must}`,
    `≤ ${verdict.target.aim}`,
    holds[verdict.holds],
  ]);
  return table(["", "edge", "edge without route cache", "must", "aim", "holds"], rows);
}

/** A Markdown table that is readable as it stands. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...lines.map((line) => (line[column] ?? "").length)));
  const render = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => pad(cells[column] ?? "", width, column)).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [render(head), `| ${rule.join(" | ")} |`, ...rows.map(render)].join("\n");
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function figuresOf(samples: readonly Sample[], proxy: string, mode: Mode): number[] {
  return samples.filter((s) => s.proxy === proxy && s.mode === mode).map((s) => s.figure);
}

function detailsOf(samples: readonly Sample[], proxy: string, mode: Mode, detail: string): number[] {
  return samples.filter((s) => s.proxy === proxy && s.mode === mode).flatMap((s) => s.details[detail] ?? []);
}

function spread(values: readonly number[], digits: number): string {
  const middle = decimal(median(values), digits);
  if (values.length < 2) return middle;
  return `${middle} (${decimal(Math.min(...values), digits)}–${decimal(Math.max(...values), digits)})`;
}

function decimal(value: number | undefined, digits: number): string {
  return value === undefined ? NOTHING : value.toFixed(digits);
}
