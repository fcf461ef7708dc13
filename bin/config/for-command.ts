import { EXIT, Failure } from "../failure.ts";
import { loadConfiguration } from "./load.ts";
import { formatMistake } from "./mistakes.ts";
import { type Command, type ConfigurationFor, configurationFor, lackingText } from "./needs.ts";

/** Reads a file for a command: its checked configuration, or every mistake and every section that it lacks. */
export function loadFor<C extends Command>(
  file: string,
  command: C,
): { configuration: ConfigurationFor<C> } | { mistakes: string[] } {
  const loaded = loadConfiguration(file);
  if (!loaded.ok) return { mistakes: loaded.mistakes.map(formatMistake) };
  const fitting = configurationFor(loaded.configuration, command);
  return "lacking" in fitting ? { mistakes: [lackingText(command, fitting.lacking, file)] } : fitting;
}

/** The same, or a Failure with the mistakes. */
export function requireConfiguration<C extends Command>(file: string, command: C): ConfigurationFor<C> {
  const loaded = loadFor(file, command);
  if ("mistakes" in loaded) throw new Failure(loaded.mistakes.join("\n"), EXIT.usage);
  return loaded.configuration;
}
