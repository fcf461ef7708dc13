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
export function check(file: string): Configuration {
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
  return configuration;
}

/** Tries the stores as `mmp check --connect` does. Throws a Failure that lists those that cannot be used. */
export async function checkStores(configuration: Configuration): Promise<void> {
  const { triedText, tryStores } = await import("./connect.ts");
  const tried = await tryStores(configuration);
  if (tried.length === 0) console.log("no store was tried: none has a storeAdmin with a probe");
  for (const each of tried) if (each.proof.is === "obeys") console.log(triedText(each));
  const wrong = tried.filter(({ proof }) => proof.is !== "obeys");
  if (wrong.length > 0) throw new Failure(wrong.map(triedText).join("\n"), EXIT.failure);
}
