import { expect, test } from "vitest";
import { reportOf, withRows } from "../../bench/routes/figures.ts";

test("measured rows replace those that say the same, and new ones come last", () => {
  const report = reportOf("machine", [
    { what: "a", figure: "1" },
    { what: "a b", figure: "2" },
  ]);
  const rows = [
    { what: "a b", figure: "3 $&" },
    { what: "c", figure: "4" },
  ];
  expect(withRows(`\n${report}\n`, rows)).toBe(
    "machine\n\n| | |\n| --- | ---: |\n| a | 1 |\n| a b | 3 $& |\n| c | 4 |",
  );
});
