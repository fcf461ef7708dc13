import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { python } from "./python.ts";
import { synthesised } from "./synthesise.ts";
import { VARIANTS } from "./variants.ts";

const tool = python("cfn-lint", ["cfn-lint==1.58.0"]);
if ("missing" in tool) console.log(`cfn-lint is left out: ${tool.missing}`);

/** What cfn-lint is not asked, and why. */
const IGNORED = {
  W3005: "CDK names dependencies that CloudFormation would find by itself",
};

describe.skipIf("missing" in tool)("cfn-lint has nothing against", () => {
  test.each(Object.entries(VARIANTS))("%s", async (_, change) => {
    const { directory } = (await synthesised(change)).assembly;
    const templates = readdirSync(directory).filter((file) => file.endsWith(".template.json"));
    const args = [
      "-c",
      "import sys; from cfnlint.runner import main; sys.exit(main())",
      "--ignore-checks",
      ...Object.keys(IGNORED),
      "--template",
      ...templates.map((file) => join(directory, file)),
    ];
    const { stdout, stderr } = spawnSync("bin" in tool ? join(tool.bin, "python") : "", args, {
      encoding: "utf8",
    });
    expect(stdout + stderr).toBe("");
    expect(templates.length).toBeGreaterThan(7);
  });
});
