/** The benchmark of many sessions: how an edge of several workers grows, and how its sessions move to another edge. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { replaceFigures } from "../document.ts";
import { describeMachine } from "../machine.ts";
import { BASE_TOOLS, requireTools } from "../tools.ts";
import { PROJECT, prepareWorkspace } from "../workspace.ts";
import { FIGURES_FILE, type Figures, measuredFigures } from "./figures.ts";
import { measureMany } from "./measure.ts";
import { figuresSection, growthPlot, PLOT } from "./page.ts";

const STEPS = [1000, 5000, 10_000, 20_000, 50_000];
const DRAIN_SECONDS = 90;

interface Options {
  sessions?: number;
  steps: number[];
  drainSeconds: number;
  write: boolean;
}

await new Command("bench:many")
  .description("Measures an edge with many idle TLS sessions, on the loopback interface only.")
  .option("--steps <list>", `numbers of sessions, by commas (default: ${STEPS.join(",")})`, ascending, STEPS)
  .option("--sessions <number>", "the last step; steps beyond it are left out", wholeNumber)
  .option(
    "--drain-seconds <number>",
    "time over which the edge ends its sessions",
    wholeNumber,
    DRAIN_SECONDS,
  )
  .option("--write", "put the figures into docs/ and into figures.json", false)
  .action(async ({ sessions, steps, drainSeconds, write }: Options) => {
    requireTools(BASE_TOOLS);
    const wanted = sessions === undefined ? steps : [...steps.filter((step) => step < sessions), sessions];
    const workspace = prepareWorkspace();
    const measured = await measureMany({ steps: wanted, drainSeconds }, workspace);
    const figures: Figures = { surroundings: describeMachine(), ...measured };
    console.log(figuresSection(figures));
    if (!write) return;
    writeFileSync(FIGURES_FILE, `${JSON.stringify(figures, round, 2)}\n`);
    // From what the file now has: rounded figures may draw a line elsewhere.
    const kept = measuredFigures();
    writeFileSync(join(PROJECT, "docs", PLOT), growthPlot(kept));
    const document = join(PROJECT, "docs/performance.md");
    writeFileSync(document, replaceFigures(readFileSync(document, "utf8"), figuresSection(kept), "many"));
  })
  .parseAsync();

function round(_: string, value: unknown): unknown {
  return typeof value === "number" ? Math.round(value * 1000) / 1000 : value;
}

function ascending(text: string): number[] {
  const numbers = text.split(",").map(wholeNumber);
  if (numbers.some((number, index) => number <= (numbers[index - 1] ?? 0)))
    throw new InvalidArgumentError("The numbers must ascend.");
  return numbers;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("It must be a whole number from 1.");
  return number;
}
