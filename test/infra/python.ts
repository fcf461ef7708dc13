import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../.cache", import.meta.url));

/** Longest that the packages may take to come, in milliseconds. */
const INSTALL_MS = 110_000;

/** A virtual environment of Python with packages of PyPI, made once; or why there is none. */
export function python(name: string, packages: readonly string[]): { bin: string } | { missing: string } {
  const folder = join(CACHE, `python-${name}`);
  const bin = join(folder, "bin");
  if (existsSync(folder)) return { bin };
  const made = `${folder}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  // Its programs name their interpreter by path: a folder that has moved is called by that one.
  for (const [command, args] of [
    ["python3", ["-m", "venv", made]],
    [
      join(made, "bin/python"),
      ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages],
    ],
  ] as const) {
    const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: INSTALL_MS });
    if (status === 0) continue;
    rmSync(made, { recursive: true, force: true });
    const why = error?.message ?? stderr.trim().split("\n").at(-1);
    return { missing: `${packages.join(", ")} cannot be had from PyPI: ${why}` };
  }
  if (existsSync(folder)) rmSync(made, { recursive: true });
  else renameSync(made, folder);
  return { bin };
}
