/** Explores every situation and puts every fault back in; prints a table, and the way to what should not be. */
import { LONG, MUTATIONS, SHORT } from "./cases.ts";

/** States of one situation at most: what fits into a few gigabytes. */
const STATES_MAX = 6_000_000;

const row = (...cells: unknown[]): void => console.log(`| ${cells.join(" | ")} |`);

row("Situation", "States", "Result", "Seconds");
row("---", "---:", "---", "---:");
for (const { name, explore } of [...SHORT, ...LONG]) {
  const startedMs = performance.now();
  const { states, isComplete, violation } = explore(STATES_MAX);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  row(name, states, violation?.invariant ?? (isComplete ? "holds" : "holds so far"), seconds);
  if (violation !== undefined) process.exitCode = 1;
  for (const step of violation?.trace ?? []) console.log(`    ${step}`);
}
console.log();
row("Mutation", "Invariant", "Found after so many states", "Steps");
row("---", "---", "---:", "---:");
for (const { name, invariant, explore } of MUTATIONS) {
  const { states, violation } = explore(STATES_MAX);
  row(name, violation?.invariant ?? "none", states, violation?.trace.length ?? "");
  if (violation?.invariant !== invariant) process.exitCode = 1;
}
