/** The benchmark: the edge beside nginx mail and HAProxy, on loopback. docs/performance.md tells more. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { replaceFigures } from "./document.ts";
import { describeMachine } from "./machine.ts";
import { FULL, MODES, type Mode, QUICK } from "./modes.ts";
import { runPasses } from "./passes.ts";
import type { MailProxy } from "./proxies/proxy.ts";
import { edgeOf, PROXIES } from "./proxies.ts";
import { figureTable, medians, ratioTable } from "./report.ts";
import { checkOut, removeCheckOut } from "./revision.ts";
import { judge } from "./targets.ts";
import { BASE_TOOLS, requireTools } from "./tools.ts";
import { PROJECT, prepareWorkspace } from "./workspace.ts";

const DOCUMENT = join(PROJECT, "docs/performance.md");
const PASSES = 5;
const QUICK_PASSES = 1;

interface Options {
  modes: Mode[];
  proxies: string[];
  passes?: number;
  minutes: number;
  quick: boolean;
  json: boolean;
  write: boolean;
  compare?: string;
}

const names = PROXIES.map((proxy) => proxy.name);
const command = new Command("bench")
  .description("Measures the edge beside nginx mail and HAProxy, on the loopback interface only.")
  .addOption(listOption("--modes <list>", "what to measure", MODES))
  .addOption(listOption("--proxies <list>", "whom to measure", names))
  .option(
    "--passes <number>",
    `how often to measure each (default: ${PASSES}, with --quick ${QUICK_PASSES})`,
    wholeNumber,
  )
  .option("--minutes <number>", "begin no measurement after this time", wholeNumber, 90)
  .option("--quick", "few logins, few sessions: a look, not a figure to quote", false)
  .option("--compare <revision>", "measure this revision of the edge beside the present one")
  .option("--json", "print all samples as JSON in place of the tables", false)
  .option("--write", "put the tables into docs/performance.md", false);

try {
  await main(command.parse().opts<Options>());
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function main(options: Options): Promise<void> {
  const { modes, quick, passes = quick ? QUICK_PASSES : PASSES } = options;
  const chosen = PROXIES.filter((proxy) => options.proxies.includes(proxy.name));
  const partial = quick || modes.length < MODES.length || chosen.length < PROXIES.length;
  if (options.write && partial) throw new Error("--write needs all modes and proxies, and no --quick");
  requireTools([...BASE_TOOLS, ...chosen.flatMap((proxy) => proxy.tools)]);
  if (availableParallelism() < 2) throw new Error("two CPUs are needed: one for the proxy, one for the load");

  const deadline = Date.now() + options.minutes * 60_000;
  const workspace = prepareWorkspace();
  const other = options.compare === undefined ? undefined : checkOut(options.compare, workspace.directory);
  const proxies = other === undefined ? chosen : [...chosen, edgeOf(other)];
  const plan = { modes, proxies, passes, sizes: quick ? QUICK : FULL, deadline };
  const { samples, failures } = await runPasses(plan, workspace).finally(
    () => other && removeCheckOut(other),
  );

  const verdicts = judge(medians(samples));
  const surroundings = describeSurroundings(proxies);
  const report = [
    `${surroundings} Passes: ${passes}; medians (least–greatest).`,
    figureTable(
      proxies.map((proxy) => proxy.name),
      samples,
    ),
    ratioTable(verdicts),
  ].join("\n\n");
  const data = { surroundings, passes, sizes: plan.sizes, samples, failures, verdicts };
  console.log(options.json ? JSON.stringify(data, null, 2) : report);
  if (failures.length > 0) throw new Error(`${failures.length} measurements failed, see above`);
  if (options.write) writeFileSync(DOCUMENT, replaceFigures(readFileSync(DOCUMENT, "utf8"), report, "bench"));
}

function describeSurroundings(proxies: readonly MailProxy[]): string {
  const versions = new Set(proxies.map((proxy) => proxy.version()));
  const openssl = execFileSync("openssl", ["version"], { encoding: "utf8" }).split(" ", 2).join(" ");
  return `${describeMachine()}; ${[...versions, openssl].join(", ")}.`;
}

function listOption<T extends string>(flags: string, description: string, known: readonly T[]): Option {
  return new Option(flags, `${description}; by commas: ${known.join(",")}`)
    .default([...known], "all")
    .argParser((text) => {
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
