import { Command } from "commander";
import { limitOption, withApiOptions } from "./support/options.ts";
import type { AuditOptions } from "./support/print-audit.ts";

/** `mmp audit`: what did operators do? */
export const auditCommand = (): Command =>
  withApiOptions(new Command("audit"))
    .description("List what operators did, newest first, and why.")
    .addOption(limitOption(50, 200))
    .addHelpText("after", "\nExample:\n  mmp audit --limit 20")
    .action(async (options: AuditOptions) => {
      const { printAudit } = await import("./support/print-audit.ts");
      await printAudit(options);
    });
