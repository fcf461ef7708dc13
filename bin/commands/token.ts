import { Command, Option } from "commander";
import { configOption } from "./options.ts";
import type { ApiOptions } from "./support/api.ts";
import { withApiOptions } from "./support/options.ts";
import type { CreateOptions } from "./token/create.ts";
import type { ListOptions } from "./token/list.ts";

/** `mmp token`: its sub-commands make and look after the route API's tokens. */
export const tokenCommand = (): Command =>
  new Command("token")
    .description("Create tokens for the route API, list them, or see whose a token is; none is ever printed.")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(checkCommand());

const createCommand = (): Command =>
  new Command("create")
    .description("Write a new random token to a file, and print the entry for routeApi.tokens.")
    .argument("<name>", "name of the bearer, for the log and the audit")
    .addOption(
      new Option("--scope <scope...>", "what the token allows")
        .choices(["edge", "support", "admin"])
        .default(["support"]),
    )
    .addOption(configOption())
    .option("-o, --out <file>", "file to write (default: secrets/NAME-token beside the configuration)")
    .option("--force", "replace the file if it exists: the old token ends")
    .option("--json", "print the entry as JSON")
    .addHelpText("after", "\nExample:\n  mmp token create helpdesk --scope support")
    .action(async (name: string, options: CreateOptions) => {
      const { createToken } = await import("./token/create.ts");
      createToken(name, options);
    });

const listCommand = (): Command =>
  new Command("list")
    .description("List the configured tokens: names, scopes, files, and whether every user can read them.")
    .addOption(configOption())
    .option("--json", "print the list as JSON")
    .addHelpText(
      "after",
      "\nExit codes: 0 listed, 2 mistakes in the configuration, or a file that cannot be used.",
    )
    .action(async (options: ListOptions) => {
      const { listTokens } = await import("./token/list.ts");
      listTokens(options);
    });

const checkCommand = (): Command =>
  withApiOptions(new Command("check"))
    .description("Ask the route API whose the token is, and what it allows.")
    .addHelpText("after", "\nExample:\n  MMP_TOKEN=$(cat support-token) mmp token check")
    .action(async (options: ApiOptions) => {
      const { checkToken } = await import("./token/check.ts");
      await checkToken(options);
    });
