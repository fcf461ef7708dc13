import { Argument, Command } from "commander";
import { SHELLS, type Shell } from "./completion/shells.ts";

/** `mmp completion`: a script for a shell. */
export const completionCommand = (): Command =>
  new Command("completion")
    .description("Print the script with which a shell completes commands, options and their values.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText(
      "after",
      [
        "\nExamples:",
        "  mmp completion bash > /etc/bash_completion.d/mmp",
        "  mmp completion zsh > /usr/local/share/zsh/site-functions/_mmp",
        "  mmp completion fish > ~/.config/fish/completions/mmp.fish",
      ].join("\n"),
    )
    .action(async (shell: Shell, _options: object, command: Command) => {
      const { printCompletion } = await import("./completion/print-completion.ts");
      printCompletion(shell, command.parent ?? command);
    });
