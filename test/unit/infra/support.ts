import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import type { Checked } from "../../../bin/config/checked-yaml.ts";
import { formatMistake } from "../../../bin/config/mistakes.ts";
import { type Deployment, readDeployment } from "../../../infra/read-config.ts";

export const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
export const EXAMPLE = join(PROJECT, "infra/example.yaml");

// A configuration is changed as an operator would: anywhere, to anything.
// biome-ignore lint/suspicious/noExplicitAny: tests put wrong values where right ones were.
export type Change = (config: any) => void;

/** The text of the example after a change. */
export function changed(change: Change = () => {}): string {
  const config: unknown = parse(readFileSync(EXAMPLE, "utf8"));
  change(config);
  return stringify(config);
}

/** Reads the example after a change, with these files beside it. */
export function read(change?: Change, files: Record<string, string> = {}): Checked<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), "mmp-infra-"));
  try {
    const file = join(folder, "deployment.yaml");
    writeFileSync(file, changed(change));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return readDeployment(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same; throws where it is wrong. */
export function deployment(change?: Change, files?: Record<string, string>): Deployment {
  const result = read(change, files);
  if (result.ok) return result.value;
  throw new Error(result.mistakes.map(formatMistake).join("\n"));
}
