import { describe, expect, test } from "vitest";
import { cpuSeconds, memoryKiB, parsePss, parseStat, processTree, treeOf } from "../../bench/proc.ts";

describe("parseStat", () => {
  // Fields from the fourth: parent, then nine that do not matter, then utime stime cutime cstime.
  const rest = "S 7 1 1 0 -1 4194560 900 0 0 0 250 31 4 2 20 0 1 0 100 1000 200";
  const cases = [
    ["a plain name", `42 (nginx) ${rest}`],
    ["a name with a space", `42 (Bun Pool 1) ${rest}`],
    ["a name with parentheses", `42 (a) b (c)) ${rest}`],
    ["a line end behind it", `42 (nginx) ${rest}\n`],
  ] as const;
  test.each(cases)("%s", (_, line) => {
    expect(parseStat(line)).toEqual({ pid: 42, parentPid: 7, ticks: 250 + 31 + 4 + 2 });
  });

  test.each(["", "42", "42 (nginx)", "42 (nginx) S 7 1 1", "(x) S 7"])("refuses %j", (line) => {
    expect(() => parseStat(line)).toThrow("not a stat line");
  });
});

describe("parsePss", () => {
  test("takes Pss and not its parts", () => {
    const rollup =
      "55d0-7fff ---p 00000000 00:00 0 [rollup]\nRss:  900 kB\nPss:      321 kB\nPss_Anon:  45 kB\n";
    expect(parsePss(rollup)).toBe(321);
  });
  test("refuses a text without it", () => {
    expect(() => parsePss("Rss: 900 kB\nPss_Anon: 45 kB\n")).toThrow("without Pss");
  });
});

describe("treeOf", () => {
  const process = (pid: number, parentPid: number) => ({ pid, parentPid, ticks: 0 });
  const stats = [
    process(1, 0),
    process(20, 10),
    process(10, 1),
    process(30, 20),
    process(11, 1),
    process(21, 10),
  ];
  const cases = [
    ["a leaf", 30, [30]],
    ["all generations, whatever their order", 10, [10, 20, 21, 30]],
    ["a process that is not there", 99, []],
  ] as const;
  test.each(cases)("%s", (_, root, pids) => {
    expect(treeOf(root, stats).map(({ pid }) => pid)).toEqual(pids);
  });
});

describe("on this machine", () => {
  test("this process has used CPU time and memory", () => {
    expect(processTree(process.pid)[0]).toMatchObject({ pid: process.pid, parentPid: process.ppid });
    expect(cpuSeconds(process.pid)).toBeGreaterThan(0);
    expect(memoryKiB(process.pid)).toBeGreaterThan(1024);
  });
});
