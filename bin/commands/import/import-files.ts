import { join } from "node:path";
import { importConfiguration } from "../../import/import.ts";
import { readInput } from "../../import/input.ts";
import type { ImportOptions } from "../../import/kinds.ts";
import { writeOutput } from "../../import/output.ts";
import { counts } from "../../import/report.ts";

/** Imports files, writes the result, and says what is left to do. */
export function importFiles(paths: readonly string[], { from, out, force }: ImportOptions): void {
  const { kind, files: input } = readInput(paths, from);
  const { draft, files } = importConfiguration(kind, input);
  writeOutput(out, files, force === true);
  const written = join(out, "mmp.yaml");
  console.log(`Wrote ${written}: ${counts(draft.findings)}.`);
  console.log(`Every setting, with its file and line: ${join(out, "import-report.txt")}`);
  for (const [index, text] of draft.todos.entries()) {
    if (index === 0) console.log("To do before it runs:");
    console.log(`  ${index + 1}. ${text}`);
  }
  console.log(`Then: mmp check --config ${written}`);
}
