import type { InstanceFault } from "../../edge-proxy/instances/instance-set.ts";
import { EXIT, Failure } from "../failure.ts";
import { type Configuration, loadConfiguration } from "./load.ts";
import { formatMistake } from "./mistakes.ts";

/** What of a configuration can run: all of its instances, or those without mistakes, or the one that was asked for. */
export interface Startable {
  configuration: Configuration;
  /** What is wrong with the instances that are left out. */
  faults: InstanceFault[];
}

/** Reads a configuration file for an edge that does without faulty instances; with `only`, the others do not matter. */
export function loadStartable(file: string, only?: string): Startable | { mistakes: string[] } {
  const result = loadConfiguration(file);
  if (result.ok) return withOnly({ configuration: result.configuration, faults: [] }, only);
  const { mistakes, sound } = result;
  if (sound === undefined) return { mistakes: mistakes.map(formatMistake) };
  const faults = mistakes.flatMap((mistake) =>
    mistake.instance === undefined ? [] : [{ instance: mistake.instance, text: formatMistake(mistake) }],
  );
  return withOnly({ configuration: sound, faults }, only);
}

/** The same, or a Failure that lists every mistake. */
export function requireStartable(file: string, only?: string): Startable {
  const result = loadStartable(file, only);
  if ("mistakes" in result) throw new Failure(result.mistakes.join("\n"), EXIT.usage);
  return result;
}

function withOnly(startable: Startable, only: string | undefined): Startable | { mistakes: string[] } {
  if (only === undefined) return startable;
  const { configuration, faults } = startable;
  const instance = configuration.instances[only];
  if (instance !== undefined)
    return { configuration: { ...configuration, instances: { [only]: instance } }, faults: [] };
  const own = faults.filter((fault) => fault.instance === only);
  if (own.length > 0) return { mistakes: own.map(({ text }) => text) };
  const names = [...Object.keys(configuration.instances), ...new Set(faults.map((fault) => fault.instance))];
  return { mistakes: [`there is no instance ${only}; there are: ${names.join(", ")}`] };
}
