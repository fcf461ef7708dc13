import type { CommandNode, OptionNode, Values } from "./command-tree.ts";

/** A completion for zsh 5: a function a command, by _arguments. */
export const zshScript = (tree: CommandNode): string =>
  [
    `#compdef ${tree.name}`,
    `# zsh completion of ${tree.name}, written by: ${tree.name} completion zsh`,
    ...functionsOf(tree),
    // Loaded by compinit, this file is the function; sourced, it is not.
    `if [[ $funcstack[1] == _${tree.name} ]]; then _${tree.name} "$@"; else compdef _${tree.name} ${tree.name}; fi`,
  ].join("\n");

const functionName = (path: string): string => `_${path.replace(/\W/g, "_")}`;

function functionsOf(command: CommandNode): string[] {
  const { path, options, commands } = command;
  const specs = [...options.map(optionSpec), ...argumentSpecs(command)];
  const lines = specs.map((spec) => `    ${spec}`).join(" \\\n");
  return [
    ...commands.flatMap(functionsOf),
    `${functionName(path)}() {`,
    "  local curcontext=$curcontext state line",
    "  typeset -A opt_args",
    `  _arguments -C \\\n${lines}`,
    ...(commands.length === 0 ? [] : dispatch(command)),
    "}",
  ];
}

const dispatch = ({ commands }: CommandNode): string[] => [
  "  case $state in",
  "  command)",
  `    local -a commands=(${commands.map(({ name, description }) => quoted(`${name}:${description}`)).join(" ")})`,
  "    _describe -t commands command commands ;;",
  "  rest)",
  "    case $line[1] in",
  ...commands.map(({ name, path }) => `    ${name}) ${functionName(path)} ;;`),
  "    esac ;;",
  "  esac",
];

function optionSpec({ flags, description, values, isVariadic }: OptionNode): string {
  const text = `[${description.replace(/[[\]]/g, "\\$&")}]${values === undefined ? "" : `:value:${action(values)}`}`;
  const exclusive = flags.length > 1 && !isVariadic ? quoted(`(${flags.join(" ")})`) : "";
  const several = isVariadic ? quoted("*") : "";
  const names = flags.length > 1 ? `{${flags.join(",")}}` : (flags[0] ?? "");
  return `${exclusive}${several}${names}${quoted(text)}`;
}

const argumentSpecs = ({ commands, arguments: all }: CommandNode): string[] =>
  commands.length > 0
    ? [quoted("1: :->command"), quoted("*:: :->rest")]
    : all.map(({ name, values, isVariadic }, at) =>
        quoted(`${isVariadic ? "*" : at + 1}:${name}:${action(values)}`),
      );

function action(values: Values): string {
  switch (values.are) {
    case "words":
      return `(${values.words.join(" ")})`;
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "unknown":
      return " ";
    default:
      return values satisfies never;
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
