import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Outcome } from "./outcome.ts";
import type { Outcomes } from "./page.ts";
import type { Peer } from "./scenarios.ts";

/** What a run has found so far, in a file: a run that was broken off can go on. */
export interface Results {
  outcomes: Outcomes;
  /** Whether a fault is still to be brought to it; also where it did not recover. */
  isMissing(fault: string, subject: "mmp" | Peer): boolean;
  add(fault: string, subject: "mmp" | Peer, outcome: Outcome | "never normal"): void;
}

/** Begins a file of results, or goes on with one: only where that has the same load, `how`. */
export function openResults(file: string, how: string, isResumed: boolean): Results {
  const outcomes = isResumed && existsSync(file) ? read(file, how) : {};
  return {
    outcomes,
    isMissing: (fault, subject) => typeof outcomes[fault]?.[subject] !== "object",
    add(fault, subject, outcome) {
      outcomes[fault] = { ...outcomes[fault], [subject]: outcome };
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ how, outcomes }, null, 2));
    },
  };
}

function read(file: string, how: string): Outcomes {
  const before = JSON.parse(readFileSync(file, "utf8")) as { how: string; outcomes: Outcomes };
  if (before.how !== how) throw new Error(`${file} is of another load: ${before.how}`);
  return before.outcomes;
}
