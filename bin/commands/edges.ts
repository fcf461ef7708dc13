import { Command } from "commander";
import type { ApiOptions } from "./support/api.ts";
import { withApiOptions } from "./support/options.ts";

/** `mmp edges`: which edges are there? */
export const edgesCommand = (): Command =>
  withApiOptions(new Command("edges"))
    .description(
      "List the edge processes: sessions, logins, memory, version, and what differs from their peers.",
    )
    .addHelpText("after", "\nExample:\n  mmp edges --config /etc/mmp/mmp.yaml --token-file support-token")
    .action(async (options: ApiOptions) => {
      const { printEdges } = await import("./support/print-edges.ts");
      await printEdges(options);
    });
