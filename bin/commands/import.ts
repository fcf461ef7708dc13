import { join } from "node:path";
import { Command, Option } from "commander";
import { importConfiguration } from "../import/import.ts";
import { KINDS, type Kind, readInput } from "../import/input.ts";
import { writeOutput } from "../import/output.ts";
import { counts } from "../import/report.ts";

interface Options {
  from?: Kind;
  out: string;
  force?: true;
}

/** `mmp import`: an old multiplexor's configuration becomes mmp.yaml. */
export const importCommand = (): Command =>
  new Command("import")
    .description(
      "Turn the configuration of an old multiplexor, Perdition or nginx into mmp.yaml, with a report.",
    )
    .argument("<path...>", "its files, or their folder")
    .addOption(
      new Option("--from <kind>", "what it is; by default told by names and contents").choices(KINDS),
    )
    .requiredOption("-o, --out <folder>", "folder for mmp.yaml, its secrets and the report")
    .option("--force", "replace files that are there")
    .addHelpText("after", "\nExample:\n  mmp import /opt/SUNWmsgsr/config --out /etc/mmp")
    .action((paths: string[], { from, out, force }: Options) => {
      const { kind, files: input } = readInput(paths, from);
      const { draft, files } = importConfiguration(kind, input);
      writeOutput(out, files, force === true);
      console.log(`${join(out, "mmp.yaml")} is written: ${counts(draft.findings)}.`);
      console.log(`Each setting, with its file and line: ${join(out, "import-report.txt")}`);
      for (const [index, text] of draft.todos.entries()) {
        if (index === 0) console.log("To do, before it runs:");
        console.log(`  ${index + 1}. ${text}`);
      }
      console.log(`Then: mmp check --config ${join(out, "mmp.yaml")}`);
    });
