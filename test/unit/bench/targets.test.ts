import { describe, expect, test } from "vitest";
import type { Mode } from "../../bench/modes.ts";
import { judge, type Verdict } from "../../bench/targets.ts";

type Figures = Record<string, Partial<Record<Mode, number>>>;

function verdictOn(mode: Mode, figures: Figures): Verdict | undefined {
  return judge((proxy, asked) => figures[proxy]?.[asked]).find(({ target }) => target.mode === mode);
}

describe("judge", () => {
  const cases: [string, Mode, Figures, Partial<Verdict>][] = [
    [
      "the aim itself holds",
      "churn-tls",
      { edge: { "churn-tls": 600 }, nginx: { "churn-tls": 1000 } },
      { holds: "aim" },
    ],
    [
      "behind the aim",
      "churn-tls",
      { edge: { "churn-tls": 601 }, nginx: { "churn-tls": 1000 } },
      { holds: "must" },
    ],
    [
      "the must itself holds",
      "churn-tls",
      { edge: { "churn-tls": 700 }, nginx: { "churn-tls": 1000 } },
      { holds: "must" },
    ],
    [
      "behind the must",
      "churn-tls",
      { edge: { "churn-tls": 701 }, nginx: { "churn-tls": 1000 } },
      { holds: "no" },
    ],
    [
      "a GiB is compared with the large buffer",
      "bulk-tls",
      { edge: { "bulk-tls": 1 }, nginx: { "bulk-tls": 4 }, "nginx-16k": { "bulk-tls": 2 } },
      { ratio: 0.5, holds: "aim" },
    ],
    [
      "memory is compared with HAProxy",
      "idle-tls",
      { edge: { "idle-tls": 4 }, nginx: { "idle-tls": 99 }, haproxy: { "idle-tls": 16 } },
      { ratio: 0.25, holds: "aim" },
    ],
    [
      "the edge without cache is shown and not judged",
      "churn-plain",
      { edge: { "churn-plain": 150 }, "edge-nocache": { "churn-plain": 250 }, nginx: { "churn-plain": 200 } },
      { ratio: 0.75, ratioWithoutCache: 1.25, holds: "aim" },
    ],
    [
      "without a peer",
      "churn-tls",
      { edge: { "churn-tls": 600 } },
      { ratio: undefined, holds: "not measured" },
    ],
    [
      "without an edge",
      "churn-tls",
      { nginx: { "churn-tls": 600 } },
      { ratio: undefined, holds: "not measured" },
    ],
  ];
  test.each(cases)("%s", (_, mode, figures, expected) => {
    expect(verdictOn(mode, figures)).toMatchObject(expected);
  });
});
