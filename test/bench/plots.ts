import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sample } from "./measure.ts";
import { FIGURES, MODES, type Mode } from "./modes.ts";
import { plot } from "./plot.ts";
import { PROJECT } from "./workspace.ts";

const FOLDER = "plots";

/** Writes a plot of each mode that was measured into docs/plots. Returns the lines that show them on a page of docs/. */
export function writePlots(proxies: readonly string[], samples: readonly Sample[]): string {
  mkdirSync(join(PROJECT, "docs", FOLDER), { recursive: true });
  return MODES.filter((mode) => samples.some((sample) => sample.mode === mode))
    .map((mode) => {
      const file = `${FOLDER}/${mode}.svg`;
      writeFileSync(join(PROJECT, "docs", file), plotOf(mode, proxies, samples));
      return `![${FIGURES[mode].label}](${file})`;
    })
    .join("\n\n");
}

function plotOf(mode: Mode, proxies: readonly string[], samples: readonly Sample[]): string {
  const bars = proxies.map((name) => ({
    name,
    values: samples.filter((s) => s.proxy === name && s.mode === mode).map((s) => s.figure),
    isOwn: name.startsWith("edge"),
  }));
  return plot(FIGURES[mode].label, bars, FIGURES[mode].digits);
}
