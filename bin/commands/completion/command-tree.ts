import type { Argument, Command, Option } from "commander";

/** What completes a value: some words, a file, a folder, or nothing that is known. */
export type Values = { are: "words"; words: readonly string[] } | { are: "files" | "folders" | "unknown" };

export interface OptionNode {
  /** Such as `-c` and `--config`. */
  flags: string[];
  description: string;
  /** Absent if the option takes no value. */
  values?: Values;
  /** Takes all values up to the next option. */
  isVariadic: boolean;
}

/** A command as completions need it. */
export interface CommandNode {
  /** Its words from the program on: `mmp sync status`. */
  path: string;
  name: string;
  description: string;
  options: OptionNode[];
  commands: CommandNode[];
  arguments: { name: string; values: Values; isVariadic: boolean }[];
}

/** The program with everything that its help shows. */
export function commandTree(command: Command, parent?: string): CommandNode {
  const help = command.createHelp();
  const path = parent === undefined ? command.name() : `${parent} ${command.name()}`;
  return {
    path,
    name: command.name(),
    description: firstSentence(command.description()),
    options: help.visibleOptions(command).map(optionNode),
    commands: help
      .visibleCommands(command)
      .filter((sub) => sub.name() !== "help")
      .map((sub) => commandTree(sub, path)),
    arguments: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      values: valuesOf(argument, argument.name()),
      isVariadic: argument.variadic,
    })),
  };
}

/** A command, and all below it. */
export const everyCommand = (command: CommandNode): CommandNode[] => [
  command,
  ...command.commands.flatMap(everyCommand),
];

function optionNode(option: Option): OptionNode {
  const { short, long, description, required, optional, variadic } = option;
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description: firstSentence(description),
    ...(required || optional ? { values: valuesOf(option, option.flags) } : {}),
    isVariadic: variadic,
  };
}

/** `named` says what a value is: `<file>`, `<folder>`, `path`. */
function valuesOf({ argChoices }: Pick<Argument, "argChoices">, named: string): Values {
  if (argChoices !== undefined) return { are: "words", words: argChoices };
  if (/folder/.test(named)) return { are: "folders" };
  return { are: /file>|path/.test(named) ? "files" : "unknown" };
}

const firstSentence = (text: string): string => text.split(/[.;](?: |$)/)[0] ?? "";
