import { describe, expect, test } from "vitest";
import { type Bar, plot } from "../../bench/plot.ts";

const bar = (name: string, values: number[], isOwn = false): Bar => ({ name, values, isOwn });
const widths = (svg: string): number[] =>
  [...svg.matchAll(/<rect class="(?:own|peer)"[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));

describe("plot", () => {
  test("draws bars in proportion to the medians", () => {
    const [first = 0, second] = widths(plot("CPU", [bar("nginx", [100, 200, 300]), bar("edge", [100])], 0));
    expect(second).toBeCloseTo(first / 2, 0);
  });

  test("names median, least and greatest, and draws the spread, where there are several values", () => {
    const svg = plot("CPU", [bar("nginx", [1, 2, 3.25])], 1);
    expect(svg).toContain(">2.0 (1.0–3.3)<");
    expect(svg.match(/<line /g)).toHaveLength(3);
  });

  test("names one value alone", () => {
    const svg = plot("CPU", [bar("nginx", [7])], 0);
    expect(svg).toContain(">7<");
    expect(svg).not.toContain("<line ");
  });

  test("leaves out a proxy that was not measured", () => {
    const svg = plot("CPU", [bar("nginx", [7]), bar("perdition", [])], 0);
    expect(widths(svg)).toHaveLength(1);
    expect(svg).not.toContain("perdition");
  });

  test("marks the edge's own bars", () => {
    expect(plot("CPU", [bar("edge", [7], true)], 0)).toContain('class="own"');
  });

  test("escapes what XML would take for markup", () => {
    expect(plot("a < b & c", [], 0)).toContain("<title>a &lt; b &amp; c</title>");
  });

  test("stays within its frame when nothing took any time", () => {
    expect(widths(plot("CPU", [bar("nginx", [0])], 0))).toEqual([0]);
  });
});
