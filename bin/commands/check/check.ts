import { z } from "zod";
import { warningsOf } from "../../config/checks/warnings.ts";
import { loadConfiguration } from "../../config/load.ts";
import { formatMistake } from "../../config/mistakes.ts";
import { type Command, configurationFor } from "../../config/needs.ts";
import { Configuration } from "../../config/schema.ts";
import { EXIT, Failure } from "../../failure.ts";
import { counted } from "../counted.ts";

/** Commands that run parts of mmp. */
const PARTS = ["mmp up", "mmp edge", "mmp route-api", "mmp sync"] as const satisfies Command[];

/** Prints the configuration's JSON Schema. */
export const printSchema = (): void =>
  console.log(JSON.stringify(z.toJSONSchema(Configuration, { io: "input" }), null, 2));

/** Says what the configuration holds and what it lacks. Throws a Failure that lists every mistake. */
export function check(file: string): void {
  const loaded = loadConfiguration(file);
  if (!loaded.ok) throw new Failure(loaded.mistakes.map(formatMistake).join("\n"), EXIT.usage);
  const { configuration } = loaded;
  const instances = Object.values(configuration.instances ?? {});
  for (const warning of warningsOf(configuration)) console.error(warning);
  const listeners = instances.reduce((sum, instance) => sum + instance.listeners.length, 0);
  console.log(
    `${file} is valid: ${counted(instances.length, "instance")}, ${counted(listeners, "listener")}`,
  );
  for (const command of PARTS) {
    const fitting = configurationFor(configuration, command);
    if ("lacking" in fitting)
      console.log(`It is not enough for ${command}, which needs ${fitting.lacking.join(" and ")}.`);
  }
}
