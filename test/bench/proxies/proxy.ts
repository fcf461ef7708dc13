import { execFileSync } from "node:child_process";
import type { Mode } from "../modes.ts";
import type { ServerCommand } from "../server.ts";
import { type Tool, toolPath } from "../tools.ts";
import type { Workspace } from "../workspace.ts";

export const STORE_PORT = 10143;
/** Of the route server that nginx asks. */
export const ROUTE_PORT = 18080;
/** Of the route API that the edge asks. */
export const API_PORT = 18081;
/** Where the edge serves its metrics. */
export const METRICS_PORT = 18082;
/** The mail host that the directory names, and the edge's configuration knows. */
export const STORE_NAME = "store";

/** How a proxy is run. */
export interface Prepared {
  /** Runs it in the foreground. */
  command: string[];
  /** What it asks, beside the store and the route server of all: started before it, and not counted as its own. */
  beside: readonly ServerCommand[];
}

/** A proxy that can be measured. */
export interface MailProxy {
  name: string;
  plainPort: number;
  tlsPort: number;
  /** The modes in which its figures differ from its sibling's, or are compared with. */
  modes: readonly Mode[];
  tools: readonly Tool[];
  /** Logins that it can do within the load generator's time; undefined: as many as the others. */
  loginsMax?: number;
  /** Left out without an error where it is not installed, unless it is asked for by name. */
  optional?: true;
  /** Writes its configuration into the workspace. */
  prepare(workspace: Workspace): Prepared;
  version(): string;
}

/** First line of what a command prints, on either output: nginx prints its version as an error. */
export function firstLine(command: string, option: string): string {
  const path = toolPath(command);
  const output = execFileSync("sh", ["-c", `"$0" ${option} 2>&1`, path], { encoding: "utf8" });
  return output.split("\n")[0] ?? "";
}
