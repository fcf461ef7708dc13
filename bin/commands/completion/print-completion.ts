import type { Command } from "commander";
import { bashScript } from "./bash.ts";
import { type CommandNode, commandTree } from "./command-tree.ts";
import { fishScript } from "./fish.ts";
import type { Shell } from "./shells.ts";
import { zshScript } from "./zsh.ts";

const SCRIPTS: Record<Shell, (tree: CommandNode) => string> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Prints the completion of a program for a shell. */
export const printCompletion = (shell: Shell, program: Command): void =>
  console.log(SCRIPTS[shell](commandTree(program)));
