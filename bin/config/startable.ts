import { EXIT, Failure } from "../failure.ts";
import { loadConfiguration } from "./load.ts";
import { formatMistake } from "./mistakes.ts";
import { type Command, type ConfigurationFor, configurationFor, lackingText } from "./needs.ts";

export type EdgeCommand = Extract<Command, "mmp edge" | "mmp up">;

/** A command's configuration, known to be enough for an edge. */
export type EdgeConfigurationFor<C extends EdgeCommand> = ConfigurationFor<C> & ConfigurationFor<"mmp edge">;

/** What an edge can start with: all instances, those without mistakes, or the one that was asked for. */
export interface Startable<C extends EdgeCommand> {
  configuration: EdgeConfigurationFor<C>;
  /** What is wrong with the instances that are left out. */
  faults: { instance: string; text: string }[];
}

/** Reads a configuration file for an edge, which runs without faulty instances; with `only`, the others do not matter. */
export function loadStartable<C extends EdgeCommand>(
  file: string,
  command: C,
  only?: string,
): Startable<C> | { mistakes: string[] } {
  const result = loadConfiguration(file);
  const sound = result.ok ? result.configuration : result.sound;
  const mistakes = result.ok ? [] : result.mistakes;
  if (sound === undefined) return { mistakes: mistakes.map(formatMistake) };
  const fitting = configurationFor(sound, command);
  if ("lacking" in fitting) return { mistakes: [lackingText(command, fitting.lacking, file)] };
  const faults = mistakes.flatMap((mistake) =>
    mistake.instance === undefined ? [] : [{ instance: mistake.instance, text: formatMistake(mistake) }],
  );
  const configuration = fitting.configuration as EdgeConfigurationFor<C>;
  const startable = { configuration, faults };
  return only === undefined ? startable : onlyInstance(startable, only);
}

/** The same, or a Failure that lists every mistake. */
export function requireStartable<C extends EdgeCommand>(
  file: string,
  command: C,
  only?: string,
): Startable<C> {
  const result = loadStartable(file, command, only);
  if ("mistakes" in result) throw new Failure(result.mistakes.join("\n"), EXIT.usage);
  return result;
}

function onlyInstance<C extends EdgeCommand>(
  { configuration, faults }: Startable<C>,
  name: string,
): Startable<C> | { mistakes: string[] } {
  const { instances } = configuration;
  const instance = instances[name];
  if (instance !== undefined)
    return { configuration: { ...configuration, instances: { [name]: instance } }, faults: [] };
  const own = faults.filter((fault) => fault.instance === name);
  if (own.length > 0) return { mistakes: own.map(({ text }) => text) };
  const names = [...Object.keys(instances), ...new Set(faults.map((fault) => fault.instance))];
  return { mistakes: [`there is no instance ${name}; the instances are: ${names.join(", ")}`] };
}
