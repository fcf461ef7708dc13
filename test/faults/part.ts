import { type Child, start } from "../support/child.ts";
import { accepting } from "../support/wait.ts";
import { PROJECT } from "../support/workspace.ts";

/** A process of the site that can be killed and started again. */
export interface Part {
  child(): Child;
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts a program; it is up when it listens on its port, if it has one. */
export async function startPart(
  command: string,
  args: string[],
  port?: number,
  environment: Record<string, string> = {},
): Promise<Part> {
  let child: Child;
  const part: Part = {
    child: () => child,
    async start() {
      child = start(command, args, PROJECT, environment);
      if (port !== undefined) await accepting(port);
    },
    kill: async () => void (await child.stop("SIGKILL")),
  };
  await part.start();
  return part;
}
