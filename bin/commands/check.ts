import { Command } from "commander";
import { configOption } from "./options.ts";

/** `mmp check`: is the configuration valid? */
export const checkCommand = (): Command =>
  new Command("check")
    .description("Check a configuration file; each mistake is listed with its line and field.")
    .addOption(configOption())
    .option("--schema", "print the JSON Schema of the configuration instead, for editors")
    .option("--connect", "also try the stores: do they obey SASL's authorisation id (storeAdmin.probe)?")
    .addHelpText("after", "\nExample:\n  mmp check --config /etc/mmp/mmp.yaml")
    .action(async ({ config, schema, connect }: { config: string; schema?: true; connect?: true }) => {
      const { check, checkStores, printSchema } = await import("./check/check.ts");
      if (schema === true) return printSchema();
      const configuration = check(config);
      if (connect === true) await checkStores(configuration);
    });
