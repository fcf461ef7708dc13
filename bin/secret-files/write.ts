import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes the files that differ, each atomically and readable by this user alone; returns their names. */
export function writeFiles(folder: string, files: ReadonlyMap<string, string>): string[] {
  const changed = [...files].filter(([file, text]) => read(join(folder, file)) !== text);
  for (const [file, text] of changed) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.new`;
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, path);
  }
  return changed.map(([file]) => file);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
