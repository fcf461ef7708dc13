/** What a start of the edge costs, in each form that mmp can be installed in. docs/performance.md has the figures. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { replaceFigures } from "../document.ts";
import { describeMachine } from "../machine.ts";
import { edge as edgeIn, PORTS } from "../proxies/edge.ts";
import { presentEdge } from "../proxies.ts";
import { median, table } from "../report.ts";
import { BASE_TOOLS, requireTools } from "../tools.ts";
import { PROJECT, prepareWorkspace } from "../workspace.ts";
import { FORMS } from "./forms.ts";
import { measureStart, type Start } from "./measure-start.ts";

const DOCUMENT = join(PROJECT, "docs/performance.md");
const PASSES = "5";

const COLUMNS: readonly { key: keyof Start; label: string }[] = [
  { key: "versionMs", label: "CPU of `mmp --version`, ms" },
  { key: "coldListeningMs", label: "start to listening without warm-up, ms" },
  { key: "listeningMs", label: "start to listening, ms" },
  { key: "restMiB", label: "memory at rest (PSS), MiB" },
  { key: "coldLoginUs", label: "CPU a plain login, first 3,000, µs" },
  { key: "coldP99Ms", label: "their p99, ms" },
];

const { passes, write } = new Command("bench:start")
  .description("Measures what a start of the edge costs, in each form that mmp can be installed in.")
  .option("--passes <number>", "how often to measure each", PASSES)
  .option("--write", "put the table into docs/performance.md", false)
  .parse()
  .opts<{ passes: string; write: boolean }>();

requireTools(BASE_TOOLS);
const edge = presentEdge();
const coldEdge = edgeIn("edge-cold", [], PROJECT, {}, PORTS, { warmUpLogins: 0 });
const workspace = prepareWorkspace();
const commands = FORMS.map(({ build }) => build(workspace.directory));
const starts = FORMS.map((): Start[] => []);
// In turn: what disturbs the machine for a while disturbs all of them.
for (let pass = 1; pass <= Number(passes); pass++)
  for (const [index, form] of FORMS.entries()) {
    const start = await measureStart(commands[index] ?? [], edge, coldEdge, workspace);
    starts[index]?.push(start);
    console.error(`pass ${pass} of ${passes}, ${form.name}: ${JSON.stringify(start)}`);
  }

const rows = FORMS.map(({ name }, index) => [
  name,
  ...COLUMNS.map(({ key }) => spread((starts[index] ?? []).map((start) => start[key]))),
]);
const report = [
  `${describeMachine()}; ${edge.version()}. Passes: ${passes}; medians (least–greatest).`,
  table(["", ...COLUMNS.map(({ label }) => label)], rows),
].join("\n\n");
console.log(report);
if (write) writeFileSync(DOCUMENT, replaceFigures(readFileSync(DOCUMENT, "utf8"), report, "start"));

function spread(values: readonly number[]): string {
  const [middle, least, greatest] = [median(values) ?? Number.NaN, Math.min(...values), Math.max(...values)];
  const digits = middle < 10 ? 1 : 0;
  return `${middle.toFixed(digits)} (${least.toFixed(digits)}–${greatest.toFixed(digits)})`;
}
