import { type CommandNode, everyCommand, type OptionNode, type Values } from "./command-tree.ts";

/** A completion for fish 3 or newer. */
export function fishScript(tree: CommandNode): string {
  const { name } = tree;
  const paths = everyCommand(tree).map(({ path }) => `'${path}'`);
  return [
    `# fish completion of ${name}, written by: ${name} completion fish`,
    `function __${name}_at --description 'Whether the words so far lead to this command'`,
    "    set -l words (commandline -opc)",
    `    set -l path ${name}`,
    "    for word in $words[2..-1]",
    `        contains -- "$path $word" ${paths.slice(1).join(" ")}; and set path "$path $word"`,
    "    end",
    '    test "$path" = "$argv[1]"',
    "end",
    `complete -c ${name} -f`,
    ...everyCommand(tree).flatMap((command) => linesOf(command, name)),
  ].join("\n");
}

function linesOf({ path, options, commands, arguments: all }: CommandNode, program: string): string[] {
  const line = (text: string): string => `complete -c ${program} -n "__${program}_at '${path}'" ${text}`;
  return [
    ...commands.map(({ name, description }) => line(`-a ${name} -d ${quoted(description)}`)),
    ...all.flatMap(({ values }) => argumentText(values)).map(line),
    ...options.map((option) => line(optionText(option))),
  ];
}

const optionText = ({ flags, description, values }: OptionNode): string =>
  [
    ...flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)),
    ...(values === undefined ? [] : [valueText(values)]),
    `-d ${quoted(description)}`,
  ].join(" ");

function valueText(values: Values): string {
  switch (values.are) {
    case "words":
      return `-x -a ${quoted(values.words.join(" "))}`;
    case "files":
      return "-r -F";
    case "folders":
      return "-x -a '(__fish_complete_directories)'";
    case "unknown":
      return "-x";
    default:
      return values satisfies never;
  }
}

const argumentText = (values: Values): string[] => {
  if (values.are === "words") return [`-a ${quoted(values.words.join(" "))}`];
  return values.are === "unknown" ? [] : ["-F"];
};

const quoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
