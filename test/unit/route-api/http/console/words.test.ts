import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REASON_NOT_KNOWN } from "../../../../../route-api/contract/history.ts";
import { endWords, failureWords } from "../../../../../route-api/http/console/words.ts";
import { PROJECT } from "../../../../support/workspace.ts";

const page = readFileSync(`${PROJECT}/docs/log.md`, "utf8");
/** The codes in the first column of the table below a heading. */
const codes = (heading: string): string[] => {
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([\w-]+)`/g)].map(([, code = ""]) => code),
  );
};

test("every code of the log has words for the agent", () => {
  const failures = codes("Why a login failed").filter((code) => code !== "code");
  const ends = [...codes("How a session ended").filter((code) => code !== "reason"), REASON_NOT_KNOWN];
  expect(failures.length).toBeGreaterThan(50);
  expect(ends.length).toBeGreaterThan(15);
  expect(failures.filter((code) => failureWords(code) === code)).toEqual([]);
  expect(ends.filter((code) => endWords(code) === code)).toEqual([]);
});

test("a code that is not known stands for itself", () => {
  expect(failureWords("brand-new")).toBe("brand-new");
});
