import { Command } from "commander";
import type { CheckOptions } from "./check/check.ts";
import { configOption } from "./options.ts";

/** `mmp check`: is the configuration valid? */
export const checkCommand = (): Command =>
  new Command("check")
    .description(
      "Check a configuration file, and what it needs of this machine and user; each mistake is listed with its line and field.",
    )
    .addOption(configOption())
    .option("--connect", "also ask the directory, the stores and the route API whether they answer")
    .option("--json", "print the result as JSON")
    .option("--schema", "print the JSON Schema of the configuration instead, for editors")
    .addHelpText(
      "after",
      "\nExample:\n  mmp check --config /etc/mmp/mmp.yaml --connect\n\nExit codes: 0 valid, 1 something does not answer (--connect), 2 mistakes.",
    )
    .action(async ({ schema, ...options }: CheckOptions & { schema?: true }) => {
      const { check, printSchema } = await import("./check/check.ts");
      if (schema === true) printSchema();
      else await check(options);
    });
