import { Command, Option } from "commander";
import { type ImportOptions, KINDS } from "../import/kinds.ts";

/** `mmp import`: makes mmp.yaml from another proxy's configuration. */
export const importCommand = (): Command =>
  new Command("import")
    .description(
      "Turn the configuration of an old multiplexor, Perdition, nginx or a Dovecot proxy into mmp.yaml, with a report.",
    )
    .argument("<path...>", "its files, or the folder with them")
    .addOption(
      new Option("--from <kind>", "what the files are; by default recognised by name and content").choices(
        KINDS,
      ),
    )
    .requiredOption("-o, --out <folder>", "folder for mmp.yaml, its secrets and the report")
    .option("--force", "replace files that exist")
    .addHelpText("after", "\nExample:\n  mmp import /opt/SUNWmsgsr/config --out /etc/mmp")
    .action(async (paths: string[], options: ImportOptions) => {
      const { importFiles } = await import("./import/import-files.ts");
      importFiles(paths, options);
    });
