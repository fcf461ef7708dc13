import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { summaryLine } from "../summary-reporter.ts";
import { PROJECT } from "../support/workspace.ts";

/** The filter by which CI makes its last line of that of npm test. */
const filter =
  /tail -n 1 "\$output" \| sed -E '(.*)'/.exec(readFileSync(`${PROJECT}.ci/run`, "utf8"))?.[1] ?? "";

test.each<[passed: number, failed: number, skipped: number, ofTests: string, ofCi: string]>([
  [3, 0, 0, "3 passed, 0 failed", "3 passed, 0 failed"],
  [120, 1, 17, "120 passed, 1 failed, 17 skipped", "120 passed, 1 failed"],
])("the last line of %d, %d and %d", (passed, failed, skipped, ofTests, ofCi) => {
  const line = summaryLine(passed, failed, skipped);
  expect(line).toBe(ofTests);
  expect(execFileSync("sed", ["-E", filter], { input: `${line}\n`, encoding: "utf8" })).toBe(`${ofCi}\n`);
});
