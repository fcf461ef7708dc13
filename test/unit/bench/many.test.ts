import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { replaceFigures } from "../../bench/document.ts";
import { measuredFigures } from "../../bench/many/figures.ts";
import { numberBehind } from "../../bench/many/kernel.ts";
import { figuresSection, growthPlot, PLOT } from "../../bench/many/page.ts";
import { plot, roundUp } from "../../bench/many/plot.ts";
import { planHosts } from "../../capacity/hosts.ts";
import { SITES } from "../../capacity/sites.ts";

const docs = (name: string): string =>
  readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");

test("the page and its plot show the figures that were measured", () => {
  const page = docs("performance.md");
  expect(replaceFigures(page, figuresSection(measuredFigures()), "many")).toBe(page);
  expect(docs(PLOT)).toBe(growthPlot(measuredFigures()));
});

test.each([
  [0, 1],
  [1, 1],
  [1.2, 1.5],
  [9.8, 10],
  [29.9, 30],
  [1635, 2000],
  [0.07, 0.08],
])("an axis to %d ends at %d", (value, end) => {
  expect(roundUp(value)).toBeCloseTo(end);
});

test("a plot has each point at its place, and its text escaped", () => {
  const points = [
    [1000, 0],
    [100_000, 10],
  ] as const;
  const image = plot("a < b", [{ title: "c & d", lines: [{ name: "e", points }] }]);
  expect(image).toContain("<title>a &lt; b</title>");
  expect(image).toContain("c &amp; d");
  expect(image).toContain('points="46.0,190.0 288.0,30.0"');
});

test("a number is found by the whole word before it", () => {
  expect(numberBehind("KSlab: 1 kB\nSlab:            22 kB\n", "Slab:")).toBe(22);
  expect(numberBehind("TCP: inuse 5 orphan 0 tw 8 alloc 9 mem 45", "mem")).toBe(45);
  expect(() => numberBehind("Slab: 22 kB", "VmPTE:")).toThrow("no VmPTE:");
});

describe("hosts by instance type", () => {
  const figures = measuredFigures();
  const hosts = (change: (step: (typeof figures)["steps"][number]) => object) => {
    const steps = figures.steps.map((step) => ({ ...step, ...change(step) }));
    const [first] = planHosts({ ...figures, steps }, [SITES.largest]);
    return first?.sites[0];
  };

  test("sessions of twice the memory need twice the hosts where memory decides", () => {
    const [once, twice] = [1, 2].map((times) =>
      hosts(() => ({ loginCpuUs: 1, userKiB: 100 * times, kernelKiB: 0, pageTablesKiB: 0 })),
    );
    expect([once?.bound, twice?.bound]).toEqual(["memory", "memory"]);
    expect((twice?.hosts ?? 0) / (once?.hosts ?? 1)).toBeCloseTo(2, 1);
  });

  test("logins that cost much decide where memory is enough", () => {
    expect(hosts(() => ({ loginCpuUs: 20_000, userKiB: 1 }))?.bound).not.toBe("memory");
  });

  test("a small site has a host in each zone", () => {
    const [first] = planHosts(figures, [{ ...SITES.medium, accounts: 1000 }]);
    expect(first?.sites[0]).toMatchObject({ hosts: 3, bound: "zones" });
  });
});
