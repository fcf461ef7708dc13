import { execFileSync } from "node:child_process";
import type { Mode } from "../modes.ts";
import { type Tool, toolPath } from "../tools.ts";
import type { Workspace } from "../workspace.ts";

export const STORE_PORT = 10143;
export const ROUTE_PORT = 18080;
/** The mail host that the route server names, and the edge's configuration knows. */
export const STORE_NAME = "store";

/** A proxy that can be measured. */
export interface MailProxy {
  name: string;
  plainPort: number;
  tlsPort: number;
  /** The modes in which its figures differ from its sibling's, or are compared with. */
  modes: readonly Mode[];
  tools: readonly Tool[];
  /** Writes its configuration into the workspace. Returns the command that runs it in the foreground. */
  prepare(workspace: Workspace): string[];
  version(): string;
}

/** First line of what a command prints, on either output: nginx prints its version as an error. */
export function firstLine(command: string, option: string): string {
  const path = toolPath(command);
  const output = execFileSync("sh", ["-c", `"$0" ${option} 2>&1`, path], { encoding: "utf8" });
  return output.split("\n")[0] ?? "";
}
