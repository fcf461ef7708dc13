import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "./targets.ts";

interface Lock {
  packages: Record<string, { version: string; integrity?: string }>;
}

/** Bun's executable for another architecture, from the npm registry, checked against the hash in package-lock.json. */
export function foreignBun({ bunPackage }: Target, project: string, cache: string): string {
  const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as Lock;
  const locked = lock.packages[`node_modules/${bunPackage}`];
  if (locked?.integrity === undefined) throw new Error(`package-lock.json has no ${bunPackage}`);
  const folder = join(cache, `${bunPackage.replace("@oven/", "")}-${locked.version}`);
  const executable = join(folder, "package/bin/bun");
  if (existsSync(executable)) return executable;

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, encoding: "utf8" } as const;
  const archive = execFileSync(
    "npm",
    ["pack", "--silent", `${bunPackage}@${locked.version}`],
    options,
  ).trim();
  checkIntegrity(join(folder, archive), locked.integrity);
  execFileSync("tar", ["-xzf", archive, "package/bin/bun"], options);
  rmSync(join(folder, archive));
  return executable;
}

/** Throws unless the file has the hash in the lock file (Subresource Integrity: algorithm, dash, base64). */
function checkIntegrity(file: string, integrity: string): void {
  const [algorithm = "", expected] = integrity.split("-");
  const actual = createHash(algorithm).update(readFileSync(file)).digest("base64");
  if (actual !== expected)
    throw new Error(`${file} does not match package-lock.json: ${algorithm}-${actual}`);
}
