import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../support/child.ts";
import { makeFolder, PROJECT } from "../../support/workspace.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

const folder = makeFolder("completion");
const scripts = Object.fromEntries(
  SHELLS.map((shell) => [shell, join(folder.path, `mmp.${shell}`)]),
) as Record<Shell, string>;
beforeAll(async () => {
  mkdirSync(join(folder.path, "secrets"));
  writeFileSync(join(folder.path, "secrets/token"), "");
  for (const shell of SHELLS)
    writeFileSync(scripts[shell], (await run("bun", ["bin/mmp.ts", "completion", shell])).output);
});
afterAll(() => folder.remove());

const has = (shell: Shell): boolean => spawnSync(shell, ["-c", "true"]).status === 0;
const program = (name: string): string => join(PROJECT, "test/support/programs", name);
const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** What each shell offers for a line, the word at its end being typed. */
const OFFERS = {
  async bash(line: string): Promise<string[]> {
    const { output } = await run("bash", [program("complete.bash"), scripts.bash, ...line.split(" ")]);
    return lines(output);
  },
  async fish(line: string): Promise<string[]> {
    const script = `source ${scripts.fish}; complete -C '${line}'`;
    const { output } = await run("fish", ["--no-config", "-c", script]);
    return lines(output).map((offer) => offer.split("\t")[0] ?? "");
  },
};

const LINES: [line: string, offers: string[]][] = [
  ["mmp se", ["sessions"]],
  ["mmp sync ", ["overwrite", "release", "status", "verify"]],
  ["mmp sync st", ["status"]],
  ["mmp token c", ["check", "create"]],
  ["mmp token create helpdesk --scope s", ["support"]],
  ["mmp sessions --st", ["--store"]],
  ["mmp sessions alice --protocol ", ["imap", "pop3"]],
  ["mmp sessions --store sync --protocol p", ["pop3"]],
  ["mmp health e", ["edge"]],
  ["mmp completion ", ["bash", "fish", "zsh"]],
  ["mmp user ", []],
  ["mmp kick alice --wh", ["--why"]],
];

describe.each(["bash", "fish"] as const)("mmp completion for %s", (shell) => {
  const there = has(shell);
  test.skipIf(!there).each(LINES)("%s", async (line, offers) => {
    expect((await OFFERS[shell](line)).sort()).toEqual(offers);
  });

  test.skipIf(!there)("completes files and folders where an option takes one", async () => {
    const path = `${folder.path}/sec`;
    expect(await OFFERS[shell](`mmp import --out ${path}`)).toEqual([
      shell === "fish" ? `${path}rets/` : `${path}rets`,
    ]);
    expect(await OFFERS[shell](`mmp edges --token-file ${folder.path}/secrets/t`)).toEqual([
      `${folder.path}/secrets/token`,
    ]);
  });
});

test.skipIf(!has("bash"))("bash completes every value of an option that takes several", async () => {
  expect(await OFFERS.bash("mmp token create helpdesk --scope edge a")).toEqual(["admin"]);
  expect(await OFFERS.bash("mmp token create helpdesk --scope edge --fo")).toEqual(["--force"]);
});

describe.skipIf(!has("zsh"))("mmp completion for zsh", () => {
  test.each<[string, string[]]>([
    ["mmp sync ", ["overwrite  -- Read the directory once", "release ", "status ", "verify "]],
    ["mmp token create helpdesk --scope ", ["admin", "edge", "support"]],
    ["mmp sessions --protocol ", ["imap", "pop3"]],
    ["mmp sessions --st", ["--store"]],
    ["mmp completion ", ["bash", "fish", "zsh"]],
  ])("%s", async (line, offers) => {
    const script = ["-f", program("complete.zsh"), scripts.zsh, line, offers.at(-1) ?? ""];
    const { code, output } = await run("timeout", ["30", "zsh", ...script]);
    expect(code).toBe(0);
    for (const offer of offers) expect(output).toContain(offer);
  });
});
