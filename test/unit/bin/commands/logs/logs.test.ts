import { expect, test } from "vitest";
import { formatLine } from "../../../../../bin/commands/logs/format-line.ts";
import { fits, type LineFilter, readLine } from "../../../../../bin/commands/logs/read-line.ts";

const WIDE = { color: false, width: Number.POSITIVE_INFINITY };
const line = (fields: object) => {
  const read = readLine(
    JSON.stringify({ level: 30, time: 1_795_577_587_265, pid: 1, msg: "session", ...fields }),
  );
  if (read === undefined) throw new Error("not a line");
  return read;
};

test.each<[string, object, string]>([
  ["words", { sid: "a-1", store: "store1" }, "sid=a-1 store=store1"],
  ["a text with spaces", { detail: 'no "x"' }, 'detail="no \\"x\\""'],
  [
    "numbers, lists and objects",
    { ms: 1.5, failures: [{ code: "kicked" }] },
    'ms=1.5 failures=[{"code":"kicked"}]',
  ],
  ["no fields", {}, ""],
  ["what a terminal would obey", { msg: "a\u001b[2Jb", account: "x\u009by" }, "account=x?y"],
])("%s", (_, fields, shown) => {
  const msg = "msg" in fields ? "a?[2Jb" : "session";
  expect(formatLine(line(fields), WIDE)).toBe(`2026-11-25 03:33:07.265 info  ${msg} ${shown}`.trimEnd());
});

test("a line that is wider than the terminal is broken between fields", () => {
  const fields = { sid: "a-1", client: "192.0.2.7:55812", account: "alice@example.com", store: "store1" };
  expect(formatLine(line(fields), { color: false, width: 60 }).split("\n")).toEqual([
    "2026-11-25 03:33:07.265 info  session sid=a-1",
    "    client=192.0.2.7:55812 account=alice@example.com",
    "    store=store1",
  ]);
});

test.each([
  [20, "2"],
  [40, "33"],
  [50, "31"],
])("level %i has the color %s, on each line of the terminal", (level, code) => {
  const shown = formatLine(line({ level, client: "192.0.2.7:55812", sid: "a-1" }), {
    color: true,
    width: 40,
  });
  for (const row of shown.split("\n")) expect(row).toMatch(new RegExp(`^\u001b\\[${code}m.*\u001b\\[0m$`));
});

test("information has no color, and levels of other programs are numbers", () => {
  expect(formatLine(line({}), { color: true, width: 80 })).not.toContain("\u001b");
  expect(formatLine(line({ level: 35 }), WIDE)).toContain(" 35    session");
});

test.each<[string, LineFilter, object, boolean]>([
  ["no filter", {}, {}, true],
  ["the session", { sid: "a-1" }, { sid: "a-1" }, true],
  ["another session", { sid: "a-1" }, { sid: "a-11" }, false],
  ["no session", { sid: "a-1" }, {}, false],
  ["the account", { account: "alice@example.com" }, { account: "Alice@example.com" }, true],
  ["a login name", { account: "alice" }, { account: "alice@example.com", login: "alice" }, true],
  ["a failed login", { account: "alice" }, { failures: [{ code: "unknown-user", login: "alice" }] }, true],
  ["another account", { account: "alice" }, { account: "bob", failures: [{ login: "carol" }] }, false],
  ["a field of another type", { account: "alice" }, { account: 1 }, false],
  ["the level", { level: 40 }, { level: 40 }, true],
  ["a lower level", { level: 40 }, { level: 30 }, false],
  ["one of two filters", { level: 40, sid: "a-1" }, { level: 30, sid: "a-1" }, false],
])("%s", (_, filter, fields, expected) => {
  expect(fits(line(fields), filter)).toBe(expected);
});

test.each(["", "text", "{", "{}", '{"level":"x","time":1}', "[1]", '{"level":30}'])(
  "%j is no line of the log",
  (text) => {
    expect(readLine(text)).toBeUndefined();
  },
);
