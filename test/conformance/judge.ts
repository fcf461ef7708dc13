/** Has judges give their verdicts, under the runtime that this runs on: `judge.ts CASES.json edge pkijs`. */
import { readFileSync } from "node:fs";
import { JUDGES } from "./judges.ts";
import type { PathCase, Verdict } from "./path-case.ts";

const [, , file = "", ...names] = process.argv;
const verdicts: Record<string, Verdict[]> = {};
const cases = JSON.parse(readFileSync(file, "utf8")) as PathCase[];
for (const name of names) {
  const judge = JUDGES[name as keyof typeof JUDGES];
  const given: Verdict[] = [];
  for (const one of cases) given.push(await judge(one));
  verdicts[name] = given;
}
console.log(JSON.stringify(verdicts));
