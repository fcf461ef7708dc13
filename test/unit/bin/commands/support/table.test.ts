import fc from "fast-check";
import { expect, test } from "vitest";
import { formatTable } from "../../../../../bin/commands/support/table.ts";
import { textWidth } from "../../../../../bin/commands/support/text-width.ts";
import { formatAge, formatBytes } from "../../../../../bin/commands/support/units.ts";

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

const SESSIONS = {
  heading: ["SESSION", "ACCOUNT", "CLIENT", "PROTOCOL", "STORE", "FOR", "IN", "OUT", "EDGE"],
  rows: [
    [
      ...["0badcafe-2k", "friedrich.wilhelm.von.und.zu.hohenstein@students.example.org"],
      ...["192.0.2.7:55812", "imap TLSv1.3", "store1.mail.internal.example.org", "3h 12m"],
      ...["18.0 kB", "734 kB", "mail-1.internal.example.org:0badcafe"],
    ],
    [
      "0badcafe-2m",
      "田中太郎@例え.jp",
      "[2001:db8::7]:143",
      "imap",
      "-",
      "2s",
      "7 B",
      "-",
      "mail-2:0badcafe",
    ],
  ],
  whole: ["SESSION", "CLIENT"],
};

test("columns that do not fit beside the others stand below, and none that is whole is cut", () => {
  expect(formatTable(SESSIONS, 80).split("\n")).toEqual([
    "SESSION      ACCOUNT       CLIENT             PROTOCOL      STORE         FOR",
    "0badcafe-2k  friedrich.w…  192.0.2.7:55812    imap TLSv1.3  store1.mail…  3h 12m",
    "  IN 18.0 kB  OUT 734 kB  EDGE mail-1.internal.example.org:0badcafe",
    "0badcafe-2m  田中太郎@例…  [2001:db8::7]:143  imap          -             2s",
    "  IN 7 B  EDGE mail-2:0badcafe",
  ]);
  expect(formatTable(SESSIONS).split("\n")).toHaveLength(3);
});

test("the last column is wrapped, between words where it can be", () => {
  const table = { heading: ["STEP", "WHY"], rows: [["look-up", "nobody has the name alice@example.com"]] };
  expect(formatTable(table, 30).split("\n")).toEqual([
    "STEP     WHY",
    "look-up  nobody has the name",
    "         alice@example.com",
  ]);
});

const texts = fc.string({ unit: "grapheme", maxLength: 60 });
test.each([40, 80, 120])("no line of any table is wider than %d columns", (width) => {
  const tables = fc.integer({ min: 1, max: 10 }).chain((columns) => {
    const row = fc.array(texts, { minLength: columns, maxLength: columns });
    const heading = fc.constant([..."ABCDEFGHIJ"].slice(0, columns));
    const whole = fc.constantFrom([], ["A"], ["A", "C"]);
    return fc.record({ heading, rows: fc.array(row, { maxLength: 4 }), whole });
  });
  fc.assert(
    fc.property(tables, (table) => {
      for (const line of formatTable(table, width).split("\n"))
        expect(textWidth(line)).toBeLessThanOrEqual(width);
    }),
  );
});

test.each([
  ["alice", 5],
  ["ålesund", 7],
  ["a\u0301", 1],
  ["日本", 4],
  ["👍", 2],
])("%s takes %d cells", (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test("what comes from outside cannot command the terminal, nor begin a line", () => {
  expect(formatTable({ heading: ["X"], rows: [["a\u001b[31m\r\nb\u009b"]] })).toBe("X\na?[31m??b?");
  expect(formatTable({ heading: ["X"], rows: [["a\u202eb\u2028c"]] })).toBe("X\na?b?c");
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
