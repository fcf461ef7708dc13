import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operatorsCases } from "../../conformance/cases.ts";
import { ACCEPTED, type PathCase, type Verdict } from "../../conformance/path-case.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { makeFolder } from "../../support/workspace.ts";

let folder: { path: string; remove(): void };
let cases: PathCase[];
beforeAll(() => {
  folder = makeFolder("judges");
  cases = operatorsCases(folder.path);
  writeFileSync(join(folder.path, "cases.json"), JSON.stringify(cases));
});
afterAll(() => folder?.remove());

/** Which cases a judge accepts, under a runtime. */
function acceptedBy(judge: string, runtime: RuntimeName): string[] {
  const [command = "", ...args] = RUNTIMES[runtime].slice(0, -1);
  const output = execFileSync(command, [
    ...args,
    "test/conformance/judge.ts",
    join(folder.path, "cases.json"),
    judge,
  ]);
  const { [judge]: verdicts = [] } = JSON.parse(String(output)) as Record<string, Verdict[]>;
  return cases.filter((_, index) => verdicts[index] === ACCEPTED).map(({ name }) => name);
}

const validCases = (): string[] => cases.filter(({ valid }) => valid).map(({ name }) => name);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("certificates under %s", (runtime) => {
  test("are accepted where they are valid, and nowhere else", () => {
    expect(acceptedBy("edge", runtime)).toEqual(validCases());
  });
});

test("OpenSSL agrees, but for a CA that lists what its other key signed", () => {
  const theirs = acceptedBy("openssl", "node");
  expect(theirs.filter((name) => name !== "two keys of a CA, revoked by the other")).toEqual(validCases());
});
