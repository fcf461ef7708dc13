import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { expect, test } from "vitest";
import { createPreAuthLog } from "../../../../edge-proxy/pre-auth/log.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-pre-auth-log-"));
const at = new Date(2026, 10, 24, 1, 2, 3);
const who = (count: number) => ({
  at,
  sid: `0a1b2c3d-${count}`,
  instance: "main",
  user: "al@example.com",
  clientAddress: "192.0.2.1",
});
const line = (count: number) =>
  `20261124 010203 (sid 0x0a1b2c3d0000000${count}) user al@example.com pre-authenticated - client 192.0.2.1`;

function start(file: string | undefined) {
  const told: Record<string, unknown>[] = [];
  const log = pino({}, { write: (text: string) => void told.push(JSON.parse(text)) });
  return { told, log: createPreAuthLog(log, file) };
}

test("each is told in the JSON log, with the line as it is in the file", () => {
  const file = join(folder, "lines");
  const { told, log } = start(file);
  log.write(who(1));
  log.write(who(2));
  log.flush();
  expect(told).toMatchObject([
    {
      msg: "pre-authenticated",
      instance: "main",
      user: "al@example.com",
      client: "192.0.2.1",
      line: line(1),
    },
    { line: line(2) },
  ]);
});

test("a file that is moved away is made again", async () => {
  const file = join(folder, "moved");
  const { log } = start(file);
  const lines = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n");
  log.write(who(1));
  await expect.poll(() => lines(file)).toEqual([line(1)]);
  renameSync(file, `${file}.1`);
  log.write(who(2));
  await expect.poll(() => lines(file)).toEqual([line(2)]);
  expect(lines(`${file}.1`)).toEqual([line(1)]);
});

test("without a file there is the JSON log alone", () => {
  const { told, log } = start(undefined);
  log.write(who(1));
  expect(told).toMatchObject([{ line: line(1) }]);
});

test("a file that cannot be written is told at the beginning; one that is lost, once", async () => {
  expect(() => start(join(folder, "no", "folder"))).toThrow(/ENOENT/);
  const lost = mkdtempSync(join(folder, "lost-"));
  const { told, log } = start(join(lost, "lines"));
  rmSync(lost, { recursive: true });
  const errors = () => told.filter(({ level }) => level === 50);
  log.write(who(1));
  await expect.poll(errors).toHaveLength(1);
  log.write(who(2));
  log.flush();
  expect(errors()).toHaveLength(1);
});

test("lines that a full disk did not take are counted, and told of once it takes some again", async () => {
  const file = join(folder, "full");
  symlinkSync("/dev/full", file);
  const { told, log } = start(file);
  const saying = (msg: string) => told.filter((one) => one.msg === msg);
  log.write(who(1));
  await expect.poll(() => saying("pre-authentication log cannot be written")).toHaveLength(1);
  rmSync(file);
  log.write(who(3));
  await expect
    .poll(() => saying("pre-authentication log can be written again"))
    .toMatchObject([{ file, dropped: 1 }]);
  expect(readFileSync(file, "utf8")).toBe(`${line(3)}\n`);
});

test("a batch that is too large to wait is dropped and counted", async () => {
  const file = join(folder, "large");
  const { told, log } = start(file);
  // All in one turn: nothing is written before the last.
  for (let count = 0; count < 15_000; count++) log.write(who(1));
  await expect
    .poll(() => told.find(({ msg }) => msg === "pre-authentication log can be written again"))
    .toBeDefined();
  const { dropped } = told.find(({ msg }) => msg === "pre-authentication log can be written again") ?? {};
  expect(dropped).toBeGreaterThan(0);
  const written = (): number => readFileSync(file, "utf8").trimEnd().split("\n").length;
  // The last batch may still be on its way when the log says that it can be written.
  await expect.poll(() => written() + Number(dropped)).toBe(15_000);
});
