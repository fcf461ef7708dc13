import { expect, test } from "vitest";
import { formatAge, formatBytes, formatTable } from "../../../../../bin/commands/support/table.ts";

const TABLE = {
  heading: ["SESSION", "ACCOUNT", "IN"],
  rows: [
    ["a-1", "alice.liddell@example.com", "7 B"],
    ["a-12", "bob@example.com", "12 kB"],
  ],
};

test("columns are as wide as their widest cell", () => {
  expect(formatTable(TABLE)).toBe(
    [
      "SESSION  ACCOUNT                    IN",
      "a-1      alice.liddell@example.com  7 B",
      "a-12     bob@example.com            12 kB",
    ].join("\n"),
  );
});

test("a terminal's width cuts the widest column", () => {
  const text = formatTable(TABLE, 30);
  expect(text.split("\n")).toEqual([
    "SESSION  ACCOUNT         IN",
    "a-1      alice.liddell…  7 B",
    "a-12     bob@example.c…  12 kB",
  ]);
});

test("what comes from outside cannot command the terminal, nor begin a line", () => {
  expect(formatTable({ heading: ["X"], rows: [["a\u001b[31m\r\nb\u009b"]] })).toBe("X\na?[31m??b?");
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [18_044, "18.0 kB"],
  [734_120, "734 kB"],
  [5e9, "5.0 GB"],
  [7e15, "7000 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0s"],
  [59, "59s"],
  [60, "1m"],
  [3725, "1h 2m"],
  [90_000, "1d 1h"],
  [86_400, "1d"],
])("%d seconds ago is %s", (seconds, text) => {
  const now = Date.parse("2026-11-27T12:00:00Z");
  expect(formatAge(new Date(now - seconds * 1000).toISOString(), now)).toBe(text);
});
