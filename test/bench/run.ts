/** The benchmark: the edge beside other mail proxies, on loopback. docs/performance.md tells more. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { replaceFigures } from "./document.ts";
import { describeMachine } from "./machine.ts";
import { FULL, MODES, type Mode, QUICK } from "./modes.ts";
import { isLoginMode, pairTable } from "./pairs.ts";
import { runPasses } from "./passes.ts";
import { writePlots } from "./plots.ts";
import type { MailProxy } from "./proxies/proxy.ts";
import { chooseProxies, edgeOf, PROXIES, presentEdge } from "./proxies.ts";
import { figureTable, medians, ratioTable } from "./report.ts";
import { checkOut, type Revision, removeCheckOut } from "./revision.ts";
import { judge } from "./targets.ts";
import { BASE_TOOLS, requireTools } from "./tools.ts";
import { PROJECT, prepareWorkspace } from "./workspace.ts";

const DOCUMENT = join(PROJECT, "docs/performance.md");
const PASSES = 5;
const QUICK_PASSES = 1;
/** With `--compare`, logins of either revision. */
const TURNS = 40;
const QUICK_TURNS = 10;

interface Options {
  modes: Mode[];
  /** Undefined: all that are installed. */
  proxies?: string[];
  passes?: number;
  minutes: number;
  quick: boolean;
  json: boolean;
  write: boolean;
  compare?: string;
}

const names = PROXIES.map((proxy) => proxy.name);
const command = new Command("bench")
  .description("Measures the edge beside other mail proxies, on the loopback interface only.")
  .addOption(listOption("--modes <list>", "what to measure", MODES).default([...MODES], "all"))
  .addOption(listOption("--proxies <list>", "whom to measure; without it, all that are installed", names))
  .option(
    "--passes <number>",
    `how often to measure each (default: ${PASSES}, with --quick ${QUICK_PASSES})`,
    wholeNumber,
  )
  .option("--minutes <number>", "begin no measurement after this time", wholeNumber, 90)
  .option("--quick", "few logins, few sessions: a look, not a figure to quote", false)
  .option("--compare <revision>", "measure this revision of the edge beside the present one")
  .option("--json", "print all samples as JSON in place of the tables", false)
  .option("--write", "put the tables and plots into docs/performance.md and docs/plots", false);

try {
  await main(command.parse().opts<Options>());
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(options: Options): Promise<void> {
  const { modes, quick, passes = quick ? QUICK_PASSES : PASSES } = options;
  // Two revisions of the edge are hardly ever so far apart as two runs on a noisy machine.
  const inTurns = options.compare === undefined ? [] : modes.filter(isLoginMode);
  const inPasses = modes.filter((mode) => !inTurns.some((taken) => taken === mode));
  const chosen = inPasses.length === 0 ? [] : chooseProxies(options.proxies);
  const partial = modes.length < MODES.length || chosen.length < PROXIES.length;
  if (options.write && partial) throw new Error("--write needs all modes and all proxies");
  requireTools([...BASE_TOOLS, ...chosen.flatMap((proxy) => proxy.tools)]);
  if (availableParallelism() < 2) throw new Error("two CPUs are needed: one for the proxy, one for the load");

  const deadline = Date.now() + options.minutes * 60_000;
  const workspace = prepareWorkspace();
  const other = options.compare === undefined ? undefined : checkOut(options.compare, workspace.directory);
  const proxies = other === undefined ? chosen : [...chosen, edgeOf(other)];
  const plan = { modes: inPasses, proxies, passes, sizes: quick ? QUICK : FULL, deadline };
  const compare = async (revision: Revision) => {
    const pair = [presentEdge(), edgeOf(revision)] as const;
    console.log(await pairTable(pair, inTurns, quick ? QUICK_TURNS : TURNS, workspace));
  };
  const run = async () => {
    if (other !== undefined && inTurns.length > 0) await compare(other);
    return runPasses(plan, workspace);
  };
  const { samples, failures } = await run().finally(() => other && removeCheckOut(other));
  if (inPasses.length === 0) return;

  const verdicts = judge(medians(samples));
  const surroundings = describeSurroundings(proxies);
  const measured = proxies.map((proxy) => proxy.name);
  const report = [
    `${surroundings} Passes: ${passes}${quick ? ", with --quick: a look, not a figure to quote" : ""}; medians (least–greatest).`,
    figureTable(measured, samples),
    ratioTable(verdicts),
  ].join("\n\n");
  const data = { surroundings, passes, sizes: plan.sizes, samples, failures, verdicts };
  console.log(options.json ? JSON.stringify(data, null, 2) : report);
  if (failures.length > 0) throw new Error(`${failures.length} measurements failed, see above`);
  if (options.write) {
    const figures = `${report}\n\n${writePlots(measured, samples)}`;
    writeFileSync(DOCUMENT, replaceFigures(readFileSync(DOCUMENT, "utf8"), figures, "bench"));
  }
}

function describeSurroundings(proxies: readonly MailProxy[]): string {
  const versions = new Set(proxies.map((proxy) => proxy.version()));
  const openssl = execFileSync("openssl", ["version"], { encoding: "utf8" }).split(" ", 2).join(" ");
  return `${describeMachine()}; ${[...versions, openssl].join(", ")}.`;
}

function listOption<T extends string>(flags: string, description: string, known: readonly T[]): Option {
  return new Option(flags, `${description}; by commas: ${known.join(",")}`).argParser((text) => {
    const words = text.split(",");
    const strange = words.find((word) => !known.some((name) => name === word));
    if (strange !== undefined) throw new InvalidArgumentError(`"${strange}" is not known.`);
    return words;
  });
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("It must be a whole number from 1.");
  return number;
}
