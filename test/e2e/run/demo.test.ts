import { afterEach, describe, expect, test } from "vitest";
import { type Child, run, start } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";

const folder = makeFolder("demo");
const children: Child[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.stop()));
});

async function ports(): Promise<string[]> {
  const flags = ["--imap-port", "--imaps-port", "--pop3-port", "--pop3s-port", "--api-port"];
  const list: string[] = [];
  for (const flag of flags) list.push(flag, String(await freePort()));
  return list;
}

function up(runtime: RuntimeName, args: string[]): Child {
  const [program, ...first] = RUNTIMES[runtime];
  const child = start(program, [...first, "up", "--demo", "--data", folder.path, ...args]);
  children.push(child);
  return child;
}

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("mmp up --demo on %s", (runtime) => {
  test("prints lines that work as they are, ends by Ctrl-C, and starts again", async () => {
    const args = await ports();
    for (const _run of [1, 2]) {
      const child = up(runtime, args);
      await child.line((line) => line.startsWith("Log: "));
      const curls = child.lines.filter((line) => line.trim().startsWith("curl "));
      expect(curls).toHaveLength(2);
      for (const line of curls) {
        const { output } = await run("sh", ["-c", `${line} -sS --max-time 20`]);
        expect(output).toMatch(
          /This is the mailbox of (alice@example.com on store1|bob@example.com on store2)/,
        );
      }
      expect(await child.stop("SIGINT")).toBe(0);
      expect(child.lines.at(-1)).toBe("Stopped.");
    }
  });
});

test("says in one line which port is in use", async () => {
  const args = await ports();
  const first = up("bun", args);
  await first.line((line) => line.startsWith("Log: "));
  const second = up("bun", args);
  expect(await second.exited).toBe(1);
  expect(second.lines).toEqual([
    `mmp: port ${args[1]} on 127.0.0.1 is in use; choose another with --imap-port, or others for all with --port-base`,
  ]);
});

test("does not run in the folder of another, which runs on", async () => {
  const args = await ports();
  const first = up("bun", args);
  await first.line((line) => line.startsWith("Log: "));
  const second = up("bun", await ports());
  expect(await second.exited).toBe(1);
  expect(second.lines).toEqual([
    `mmp: a demo runs in ${folder.path} (process ${first.pid}); choose another folder with --data`,
  ]);
  const curl = first.lines.find((line) => line.trim().startsWith("curl ")) ?? "";
  expect((await run("sh", ["-c", `${curl} -sS --max-time 20`])).output).toContain("This is the mailbox of");
});
