import { expect, test } from "vitest";
import type { Measured } from "../../soak/measure.ts";
import { rowsOf, table } from "../../soak/report.ts";

const measured = (memory: number, descriptors: number, timers: number): Measured => ({
  memory: memory * 1_048_576,
  heap: (memory * 1_048_576) / 4,
  descriptors,
  entries: { timers },
});

test.each<[string, Measured, Measured, string[]]>([
  ["what shrinks", measured(100, 1000, 300), measured(90, 900, 200), []],
  ["2 % more", measured(100, 1000, 300), measured(102, 1020, 306), []],
  ["more memory, its heap by as much", measured(100, 1000, 300), measured(102.1, 1000, 300), ["x: memory"]],
  ["more descriptors", measured(100, 1000, 300), measured(100, 1021, 300), ["x: descriptors"]],
  ["more timers", measured(100, 1000, 300), measured(100, 1000, 307), ["x: timers"]],
  ["few that come and go", measured(100, 20, 0), measured(100, 25, 5), []],
  ["more than those", measured(100, 20, 0), measured(100, 26, 6), ["x: descriptors", "x: timers"]],
])("%s", (_, before, after, leaks) => {
  const rows = rowsOf("x", before, after);
  expect(rows.filter(({ isLeak }) => isLeak).map(({ what }) => what)).toEqual(leaks);
});

const nobody = (memory: number, descriptors: number): Measured => ({
  ...measured(memory, descriptors, 0),
  entries: { timers: 0, users: 0 },
});

test("the page's table", () => {
  expect(table(rowsOf("at rest", nobody(100, 1000), nobody(101, 999)))).toBe(
    [
      "| | Before | After | Growth |",
      "| --- | ---: | ---: | ---: |",
      "| at rest: memory | 100.0 MiB | 101.0 MiB | 1.0 % |",
      "| at rest: JavaScript heap | 25.0 MiB | 25.3 MiB | 1.0 % |",
      "| at rest: descriptors | 1,000 | 999 | -0.1 % |",
      "| at rest: timers; at rest: users | 0 | 0 | |",
    ].join("\n"),
  );
});
