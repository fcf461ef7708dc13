import { type CommandNode, everyCommand, type OptionNode, type Values } from "./command-tree.ts";

/** A completion for bash 4 or newer, which needs nothing of the package bash-completion. */
export function bashScript(tree: CommandNode): string {
  const all = everyCommand(tree);
  return `# bash completion of ${tree.name}, written by: ${tree.name} completion bash
_${tree.name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} path=${tree.name} expected='' many='' options='' words='' kind='' place=0 i word
  COMPREPLY=()
  # The command that the words before the cursor lead to, and the value for which the last of them waits.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $expected && ! ( -n $many && $word == -* ) ]]; then
      [[ -n $many ]] || expected=''
      continue
    fi
    expected='' many=''
    case "$path $word" in
${all.flatMap(steps).join("\n")}
    *) [[ $word == -* ]] || place=$((place + 1)) ;;
    esac
  done
  if [[ -n $expected && ! ( -n $many && $current == -* ) ]]; then
    kind=$expected
  else
    case "$path" in
${all.map(offers).join("\n")}
    esac
    case "$path $place" in
${all.flatMap(places).join("\n")}
    esac
    if [[ $current == -* || -z $words$kind ]]; then
      words=$options kind=words
    fi
  fi
  case $kind in
  files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  unknown) ;;
  words*) mapfile -t COMPREPLY < <(compgen -W "\${kind#words} $words" -- "$current") ;;
  *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
  esac
}
complete -F _${tree.name} ${tree.name}`;
}

/** How a word leads on from a command: to a sub-command, or to an option's value. */
const steps = ({ path, commands, options }: CommandNode): string[] => [
  ...commands.map((sub) => `    '${path} ${sub.name}') path='${sub.path}' place=0 ;;`),
  ...options.flatMap(valueStep(path)),
];

const valueStep =
  (path: string) =>
  ({ flags, values, isVariadic }: OptionNode): string[] =>
    values === undefined
      ? []
      : [
          `    ${flags.map((flag) => `'${path} ${flag}'`).join(" | ")}) expected='${kindOf(values)}'${isVariadic ? " many=1" : ""} ;;`,
        ];

const offers = ({ path, options, commands }: CommandNode): string =>
  `    '${path}') options='${options.flatMap(({ flags }) => flags).join(" ")}' words='${commands.map(({ name }) => name).join(" ")}' ;;`;

/** What stands at each place behind a command. */
const places = ({ path, arguments: all }: CommandNode): string[] =>
  all.map(({ values, isVariadic }, place) =>
    isVariadic
      ? `    '${path} '*) kind='${kindOf(values)}' ;;`
      : `    '${path} ${place}') kind='${kindOf(values)}' ;;`,
  );

const kindOf = (values: Values): string =>
  values.are === "words" ? `words ${values.words.join(" ")}` : values.are;
