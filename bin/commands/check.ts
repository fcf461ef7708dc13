import { Command } from "commander";
import { configOption } from "./options.ts";

/** `mmp check`: is the configuration valid? */
export const checkCommand = (): Command =>
  new Command("check")
    .description("Check a configuration file; each mistake is listed with its line and field.")
    .addOption(configOption())
    .option("--schema", "print the JSON Schema of the configuration instead, for editors")
    .addHelpText("after", "\nExample:\n  mmp check --config /etc/mmp/mmp.yaml")
    .action(async ({ config, schema }: { config: string; schema?: true }) => {
      const { check, printSchema } = await import("./check/check.ts");
      if (schema === true) printSchema();
      else check(config);
    });
