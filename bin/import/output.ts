import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXIT, Failure } from "../failure.ts";
import type { ExtraFile } from "./draft.ts";

const SECRET_FILE_MODE = 0o600;
const SECRET_FOLDER_MODE = 0o700;

/**
 * Writes all files into a folder, or none: all are complete before the first is moved to its place. Existing files are
 * replaced only with `force`.
 */
export function writeOutput(folder: string, files: ReadonlyMap<string, ExtraFile>, force: boolean): void {
  const taken = [...files.keys()].filter((name) => existsSync(join(folder, name)));
  if (taken.length > 0 && !force) {
    throw new Failure(`${folder} already has ${taken.join(", ")}; use --force to replace them`);
  }
  let draft: string | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    draft = mkdtempSync(join(folder, ".import-"));
    for (const [name, file] of files) writeFile(join(draft, name), file);
    for (const [name, { secret }] of files) {
      const target = join(folder, name);
      mkdirSync(dirname(target), { recursive: true, ...(secret ? { mode: SECRET_FOLDER_MODE } : {}) });
      renameSync(join(draft, name), target);
    }
  } catch (error) {
    throw new Failure(`${folder} cannot be written: ${(error as Error).message}`, EXIT.usage);
  } finally {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
  }
}

function writeFile(path: string, { content, secret }: ExtraFile): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, secret ? { mode: SECRET_FILE_MODE } : {});
  // The umask may have taken rights away; the mode of a secret is exact.
  if (secret) chmodSync(path, SECRET_FILE_MODE);
}
