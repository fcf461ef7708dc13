import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { CloudAssembly } from "aws-cdk-lib/cx-api";
import { type Change, changed, deployment, PROJECT } from "../unit/infra/support.ts";

export type Resource = { Type: string; Properties?: Record<string, unknown>; [key: string]: unknown };
export type Resources = Record<string, Resource>;

/** The templates of a deployment, as `cdk synth` writes them. */
export interface Synthesised {
  assembly: CloudAssembly;
  /** By the name of the stack without the deployment's. */
  template(stack: string): Template;
  templates: Record<string, Resources>;
  /** The parameters of each stack. */
  parameters: Record<string, Record<string, { Type: string; Default: string }>>;
}

/**
 * Synthesises the example after a change. It is done once a run: other test files that ask for the same find it in the
 * folder for what is temporary. Rules are most of the work and change no template: they are for the variants.
 */
export const synthesised = (change?: Change): Promise<Synthesised> => assembled("plain", change);

/** The same, with AWS's Solutions rules and the CDK's own: a finding that no stack gives a reason for rejects. */
export const judged = (change: Change): Promise<Synthesised> => assembled("judged", change);

type Kind = "plain" | "judged";

async function assembled(kind: Kind, change: Change | undefined): Promise<Synthesised> {
  const key = createHash("sha256").update(changed(change)).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), `${kind}-${key}`);
  if (!existsSync(folder)) await synthesise(kind, folder, change);
  const assembly = new CloudAssembly(folder);
  const templates = Object.fromEntries(assembly.stacks.map(({ id, template }) => [id, template]));
  const each = <T>(section: string): Record<string, T> =>
    Object.fromEntries(Object.entries(templates).map(([id, template]) => [id, template[section] ?? {}]));
  return {
    assembly,
    template: (name) => Template.fromJSON(templates[name]),
    templates: each("Resources"),
    parameters: each("Parameters"),
  };
}

/** Settings of cdk.json, as the CLI hands them over. */
const { context } = JSON.parse(readFileSync(join(PROJECT, "cdk.json"), "utf8")) as {
  context: Record<string, unknown>;
};
const DEFAULT_RULES = "@aws-cdk/core:validateAgainstDefaultRules";

async function synthesise(kind: Kind, folder: string, change: Change | undefined): Promise<void> {
  const { App } = await import("aws-cdk-lib");
  const { addDeployment } = await import("../../infra/deployment.ts");
  const { addSolutionsRules } = await import("../../infra/solutions-rules.ts");
  const draft = mkdtempSync(`${folder}.`);
  try {
    const isJudged = kind === "judged";
    const app = new App({
      context: { ...context, [DEFAULT_RULES]: isJudged },
      builtinCloudFormationValidation: isJudged,
      outdir: draft,
    });
    addDeployment(app, deployment(change));
    if (isJudged) addSolutionsRules(app);
    app.synth();
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true });
    // Another test file was faster.
    if (!existsSync(folder)) throw error;
  }
}

/** Resources of a type, with what is in them. */
export const ofType = (resources: Resources | undefined, type: string): Record<string, unknown>[] =>
  Object.values(resources ?? {})
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties ?? {});
