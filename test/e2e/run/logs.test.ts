import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run, start } from "../../support/child.ts";
import { makeFolder } from "../../support/workspace.ts";

const folder = makeFolder("logs");
afterAll(() => folder.remove());

const line = (sid: string): string =>
  JSON.stringify({ level: 30, time: 0, pid: 1, msg: "trace ended", sid, trace: "t" });

test("mmp logs follows a pipe, and prints what is not JSON as it is", async () => {
  const pipe = join(folder.path, "pipe");
  await run("mkfifo", [pipe]);
  const logs = start("sh", ["-c", `exec bun bin/mmp.ts logs --sid a-1 < ${pipe}`]);
  const input = createWriteStream(pipe);
  input.write(`Segmentation fault\n${line("a-2")}\n${line("a-1")}\n`);
  await logs.line((text) => text === "1970-01-01 00:00:00.000 info  trace ended sid=a-1 trace=t");
  expect(logs.lines).toEqual(["Segmentation fault", logs.lines.at(-1)]);
  input.end(line("a-1"));
  expect(await logs.exited).toBe(0);
  expect(logs.lines).toHaveLength(3);
});

test("mmp logs reads a file, ends quietly where its reader does, and says what it cannot read", async () => {
  const file = join(folder.path, "mmp.log");
  writeFileSync(file, `${line("a-1")}\n`.repeat(20_000));
  const head = await run("sh", ["-c", `bun bin/mmp.ts logs ${file} | head -1`]);
  expect(head).toEqual({ code: 0, output: "1970-01-01 00:00:00.000 info  trace ended sid=a-1 trace=t" });
  const none = await run("bun", ["bin/mmp.ts", "logs", join(folder.path, "none")]);
  expect(none.code).toBe(2);
  expect(none.output).toMatch(/^mmp: \S+none: ENOENT/);
});
