import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App, type Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { parse, stringify } from "yaml";
import type { Checked } from "../../../bin/config/checked-yaml.ts";
import { formatMistake } from "../../../bin/config/mistakes.ts";
import { addDeployment } from "../../../infra/deployment.ts";
import { type Deployment, readDeployment } from "../../../infra/read-config.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
export const EXAMPLE = join(PROJECT, "infra/example.yaml");

// A configuration is changed as an operator would: anywhere, to anything.
// biome-ignore lint/suspicious/noExplicitAny: tests put wrong values where right ones were.
export type Change = (config: any) => void;

/** Reads the example after a change, with these files beside it. */
export function read(change: Change = () => {}, files: Record<string, string> = {}): Checked<Deployment> {
  const folder = mkdtempSync(join(tmpdir(), "mmp-infra-"));
  try {
    const file = join(folder, "deployment.yaml");
    copyFileSync(EXAMPLE, file);
    const config: unknown = parse(readFileSync(file, "utf8"));
    change(config);
    writeFileSync(file, stringify(config));
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

/** Settings of cdk.json, as the CLI hands them over. */
const { context } = JSON.parse(readFileSync(join(PROJECT, "cdk.json"), "utf8")) as {
  context: Record<string, unknown>;
};

export interface Synthesised {
  app: App;
  /** By the name of the stack without the deployment's. */
  template(stack: string): Template;
  templates: Record<string, Resources>;
}

export type Resource = { Type: string; Properties?: Record<string, unknown>; [key: string]: unknown };
export type Resources = Record<string, Resource>;

/** Synthesises the example after a change; AWS's Solutions rules are checked on the way. */
export function synthesised(change?: Change): Synthesised {
  const app = new App({ context });
  addDeployment(app, deployment(change));
  const { stacks } = app.synth();
  const template = (name: string): Template => Template.fromStack(app.node.findChild(name) as Stack);
  return {
    app,
    template,
    templates: Object.fromEntries(
      stacks.map(({ id, template: { Resources } }) => [id, Resources as Resources]),
    ),
  };
}

/** Resources of a type, with what is in them. */
export const ofType = (resources: Resources | undefined, type: string): Record<string, unknown>[] =>
  Object.values(resources ?? {})
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties ?? {});
