import { Command, Option } from "commander";
import type { MoveOptions } from "./move/move.ts";
import { secondsOption } from "./options.ts";
import { holdSecondsOption, whyOption, withApiOptions } from "./support/options.ts";

/** `mmp move`: take a mailbox to another store without a gap. */
export const moveCommand = (): Command =>
  withApiOptions(new Command("move"))
    .description(
      "Move a mailbox to another store while its user's logins wait: hold the user, end all sessions, wait until the mailbox is copied and the directory names the new store, release.",
    )
    .argument("<login>", "login name of the user")
    .requiredOption("--to <store>", "the new store, as mailHost names it")
    .addOption(whyOption())
    .addOption(holdSecondsOption())
    .addOption(secondsOption("kick-seconds", "how long to wait until no edge has a session of the user", 30))
    .option(
      "--copy <command>",
      "shell command that copies the mailbox; it has MMP_ACCOUNT, MMP_FROM and MMP_TO",
    )
    .option("--ldap-modify", "change mailHost in the directory of mmp.yaml once the mailbox is copied")
    .option("--bind-dn <dn>", "identity that may change mailHost; never the one of the sync")
    .addOption(new Option("--bind-password-file <file>", "file with its password"))
    .option("--resume <id>", "go on with the hold of an interrupted move")
    .addHelpText(
      "after",
      '\nExample:\n  mmp move alice@example.com --to store2.example.com --why "ticket 4711"',
    )
    .action(async (login: string, options: MoveOptions) => {
      const { move } = await import("./move/move.ts");
      await move(login, options);
    });
