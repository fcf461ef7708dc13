import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { replaceFigures } from "../../bench/document.ts";

const BEGIN = "<!-- bench: begin, written by `npm run bench -- --write` -->";
const END = "<!-- bench: end -->";

describe("replaceFigures", () => {
  test("replaces what is between the markers, and nothing else", () => {
    const text = `# Head\n\n${BEGIN}\nold\n$& older\n${END}\n\nTail\n`;
    expect(replaceFigures(text, "\n| new $& |\n", "bench")).toBe(
      `# Head\n\n${BEGIN}\n\n| new $& |\n\n${END}\n\nTail\n`,
    );
  });

  test("doing it twice is doing it once", () => {
    const once = replaceFigures(`${BEGIN}${END}`, "figures", "bench");
    expect(replaceFigures(once, "figures", "bench")).toBe(once);
  });

  test.each([
    ["no markers", "text"],
    ["no end", `${BEGIN} text`],
    ["no begin", `text ${END}`],
    ["the end first", `${END} ${BEGIN}`],
    ["two pairs", `${BEGIN}${END}${BEGIN}${END}`],
    ["two ends", `${BEGIN}${END}${END}`],
  ])("refuses %s", (_, text) => {
    expect(() => replaceFigures(text, "figures", "bench")).toThrow("must have one line");
  });

  test("the document has the markers", () => {
    const document = readFileSync(new URL("../../../docs/performance.md", import.meta.url), "utf8");
    expect(replaceFigures(document, "figures", "bench")).toContain("figures");
  });
});
