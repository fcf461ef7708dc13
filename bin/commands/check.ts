import { Command } from "commander";
import { z } from "zod";
import { warningsOf } from "../config/checks/warnings.ts";
import { Configuration } from "../config/load.ts";
import { requireConfiguration } from "../config/require.ts";
import { configOption } from "./options.ts";

interface Options {
  config: string;
  schema?: true;
}

/** `mmp check`: is the configuration right? */
export const checkCommand = (): Command =>
  new Command("check")
    .description("Check a configuration file; each mistake is named with its line and field.")
    .addOption(configOption())
    .option("--schema", "print the JSON Schema of the configuration instead, for editors")
    .addHelpText("after", "\nExample:\n  mmp check --config /etc/mmp/mmp.yaml")
    .action(({ config, schema }: Options) => {
      if (schema === true) {
        console.log(JSON.stringify(z.toJSONSchema(Configuration, { io: "input" }), null, 2));
        return;
      }
      const configuration = requireConfiguration(config);
      const { instances } = configuration;
      for (const warning of warningsOf(configuration)) console.error(warning);
      const listeners = Object.values(instances).reduce(
        (sum, instance) => sum + instance.listeners.length,
        0,
      );
      console.log(`${config} is right: ${Object.keys(instances).length} instances, ${listeners} listeners.`);
    });
