import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { python } from "./python.ts";
import { VARIANTS, variant } from "./variants.ts";

const tool = python("cfn-lint", ["cfn-lint==1.58.0"]);
if ("missing" in tool) console.log(`cfn-lint is left out: ${tool.missing}`);

/** What cfn-lint is not asked, and why. */
const IGNORED = {
  W3010: "the operator chooses zones by name",
  W3005: "CDK names dependencies that CloudFormation would find by itself",
};

/** Dozens of templates take a minute on a busy machine, in milliseconds. */
const LONG_MS = 600_000;

/** What cfn-lint says of templates, by names that tell where they come from. */
function lint(templates: ReadonlyMap<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "cfn-lint-"));
  const files = [...templates].map(([name, text]) => {
    const file = join(folder, `${name.replaceAll(/\W+/g, "-")}.json`);
    writeFileSync(file, text);
    return file;
  });
  const run = "import sys; from cfnlint.runner import main; sys.exit(main())";
  const args = ["-c", run, "--ignore-checks", ...Object.keys(IGNORED), "--template", ...files];
  const { stdout, stderr } = spawnSync("bin" in tool ? join(tool.bin, "python") : "", args, {
    encoding: "utf8",
  });
  return stdout + stderr;
}

describe.skipIf("missing" in tool)("cfn-lint", { timeout: LONG_MS }, () => {
  test("has nothing against any variant", async () => {
    // Variants have most templates in common: each is looked at once.
    const names = new Map<string, string>();
    for (const variantName of Object.keys(VARIANTS))
      for (const { id, templateFullPath } of (await variant(variantName)).assembly.stacks) {
        const text = readFileSync(templateFullPath, "utf8");
        if (!names.has(text)) names.set(text, `${id} of ${variantName}`);
      }
    expect(names.size).toBeGreaterThan(3 * Object.keys(VARIANTS).length);
    expect(lint(new Map([...names].map(([text, name]) => [name, text])))).toBe("");
  });

  test("would have something", () => {
    const broken = { Resources: { Topic: { Type: "AWS::SNS::Topic", Properties: { Nmae: "x" } } } };
    expect(lint(new Map([["broken", JSON.stringify(broken)]]))).toContain("Nmae");
  });
});
