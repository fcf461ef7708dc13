import { Command } from "commander";
import { configOption, logLevelOption, watchOption } from "./options.ts";

interface Options {
  config: string;
  once?: true;
  watch: boolean;
  logLevel: string;
}

/** `mmp sync`: keeps the route store in step with the directory; its sub-commands inspect and correct it. */
export const syncCommand = (): Command =>
  new Command("sync")
    .description("Follow the directory and keep the route store in step with it.")
    .addOption(configOption())
    .option("--once", "read the directory once, print what changed, and exit")
    .addOption(watchOption())
    .addOption(logLevelOption())
    .addHelpText("after", "\nExample:\n  mmp sync --config /etc/mmp/mmp.yaml --once")
    .action(async ({ config, once, watch, logLevel }: Options) => {
      if (once === true) return (await import("./sync/read-once.ts")).readOnce(config);
      const { follow } = await import("./sync/follow.ts");
      await follow(config, logLevel, watch);
    })
    .addCommand(
      part(
        "overwrite",
        "Read the directory once and replace newer entries too: for a restored directory.",
      ).action(async ({ config }: Options) => (await import("./sync/read-once.ts")).overwrite(config)),
    )
    .addCommand(
      part("status", "Print how the sync is doing.")
        .option("--json", "print it as JSON")
        .addHelpText(
          "after",
          "\nExit codes: 0 following or reading, 1 removals on hold, 2 failing, stopped or never run.",
        )
        .action(async ({ config, json }: Options & { json?: true }) =>
          (await import("./sync/status.ts")).printStatus(config, json === true),
        ),
    )
    .addCommand(
      part("release", "Approve the removals that the sync has put on hold.").action(
        async ({ config }: Options) => (await import("./sync/release.ts")).release(config),
      ),
    )
    .addCommand(
      part(
        "verify",
        "Compare route store and directory, entry by entry; the exit code is 1 if they differ.",
      ).action(async ({ config }: Options) => (await import("./sync/verify.ts")).compare(config)),
    );

const part = (name: string, description: string): Command =>
  new Command(name).description(description).addOption(configOption());
