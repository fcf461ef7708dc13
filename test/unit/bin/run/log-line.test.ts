import pino from "pino";
import { expect, test } from "vitest";
import { stringifyNatively } from "../../../../bin/run/log-line.ts";
import { SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";

const cycle: Record<string, unknown> = { name: "cycle" };
cycle.self = cycle;

/** Fields of a line, and its message, by what is in it. */
const CASES: [what: string, fields: object | string, message?: string][] = [
  ["only a message", "only a message"],
  ["no fields", {}, "hello"],
  ["each kind of value", { sid: "1-1", port: 143, ok: true, none: null, missing: undefined }, "hello"],
  [
    "characters to escape",
    { text: 'quotes " and \\ and\r\nlines\0 and \u2028 and ü and 🦊 and \ud800' },
    'a "quoted" message\n',
  ],
  ["no numbers", { number: Number.NaN, huge: Number.POSITIVE_INFINITY }, "hello"],
  ["nested", { list: [1, undefined, "a"], inner: { a: undefined, b: { c: [] } } }, "hello"],
  ["with toJSON", { password: new SecretOctets("hush"), when: new Date(0) }, "hello"],
  ["a field msg", { msg: "a field of that name" }],
  ["a function", { run: () => 1 }, "hello"],
  ["an error as a field", { err: new TypeError("broken") }, "hello"],
  ["an error", new TypeError("broken")],
  ["a bigint", { big: 1n }, "hello"],
  ["a cycle", cycle, "hello"],
];

test.each(CASES)("a line says what Pino's own does: %s", (_what, ...logged) => {
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push(line) };
  const options = { level: "info", base: { pid: 7 }, timestamp: () => ',"time":1' };
  for (const log of [pino(options, stream), stringifyNatively(pino(options, stream))])
    (log.warn as (...logged: unknown[]) => void)(...logged);
  const [byPino = "", native = ""] = lines;
  expect(native.endsWith("}\n")).toBe(true);
  expect(native.indexOf("\n")).toBe(native.length - 1);
  const read = (line: string) => [Object.keys(JSON.parse(line)), withoutStack(JSON.parse(line))];
  expect(read(native)).toEqual(read(byPino));
});

/** The stack has the line of the test's call. */
const withoutStack = ({ err, ...line }: Record<string, object>) =>
  err === undefined ? line : { ...line, err: { ...err, stack: "" } };

test("a child logger keeps its own fields", () => {
  const lines: string[] = [];
  const log = stringifyNatively(pino({ base: { pid: 7 } }, { write: (line) => void lines.push(line) }));
  log.child({ listener: "imap" }).info({ sid: "1" }, "hello");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ pid: 7, listener: "imap", sid: "1", msg: "hello" });
});
