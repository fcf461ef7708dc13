import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { SupportSite } from "./support-site.ts";
import { PROJECT } from "./workspace.ts";

/** What a program did; its outputs without the last line end. */
export interface Done {
  code: number;
  out: string;
  error: string;
}

/** A support agent's own machine: an empty home, no mmp.yaml in the folder, the API's address in the environment. */
export interface AgentsMachine {
  /** Runs mmp with these variables besides. */
  run(args: readonly string[], env?: Record<string, string>): Promise<Done>;
  /** Lines of both outputs on a terminal of 80 columns that could show colours, with NO_COLOR. */
  onTerminal(args: readonly string[], env?: Record<string, string>): Promise<string[]>;
}

const MMP = join(PROJECT, "bin/mmp.ts");

/** `command` is how mmp is called there. */
export function agentsMachine(
  site: SupportSite,
  command: readonly [string, ...string[]] = ["bun", MMP],
): AgentsMachine {
  const [mmp, ...first] = command;
  const home = join(site.folder, "agent");
  mkdirSync(home);
  const execute = (program: string, args: readonly string[], env: Record<string, string>): Promise<Done> =>
    new Promise((resolve) => {
      const PATH = `${PROJECT}node_modules/.bin:/usr/bin:/bin`;
      const options = { cwd: home, env: { PATH, HOME: home, MMP_API: site.api, ...env } };
      const child = execFile(program, args, options, (_, out, error) =>
        resolve({ code: child.exitCode ?? -1, out: out.trimEnd(), error: error.trimEnd() }),
      );
    });
  return {
    run: (args, env = {}) => execute(mmp, [...first, ...args], env),
    async onTerminal(args, env = {}) {
      const words = [...command, ...args].map((word) => `'${word}'`).join(" ");
      const script = ["-qec", `stty cols 80 rows 24; exec ${words}`, "/dev/null"];
      const { out } = await execute("script", script, {
        ...{ TERM: "xterm-256color", NO_COLOR: "1" },
        ...env,
      });
      return out.split("\r\n");
    },
  };
}
