import { Command } from "commander";
import type { LiftOptions } from "./support/lift.ts";
import { whyOption, withApiOptions } from "./support/options.ts";

/** `mmp lift`: lift penalties. */
export const liftCommand = (): Command =>
  withApiOptions(new Command("lift"))
    .description("Lift penalties: later logins of a user, or from a client, no longer wait for failed ones.")
    .argument("[login]", "login name of the user")
    .addOption(whyOption())
    .option("--client <address>", "address or network of the client")
    .option("--domain <domain>", "domain of a login name without one")
    .addHelpText(
      "after",
      '\nExamples:\n  mmp lift alice@example.com --why "ticket 4711"\n  mmp lift --client 192.0.2.7 --why "ticket 4711"',
    )
    .action(async (login: string | undefined, options: LiftOptions) => {
      const { lift } = await import("./support/lift.ts");
      await lift(login, options);
    });
