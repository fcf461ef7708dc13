import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FetchedSecret } from "./fetch.ts";

export interface Written {
  /** Names of the files that changed. */
  changed: string[];
  /** A line for each secret that was put back, and why. */
  failures: string[];
}

/**
 * Writes the files that changed, for this user only. A secret with which the configuration has more mistakes than before
 * is put back, so that it does not keep the others back; `check` says what is wrong.
 */
export function writeSecrets(
  folder: string,
  secrets: readonly FetchedSecret[],
  check: () => string[],
): Written {
  const changes = secrets
    .map(({ secret, files }) => ({ secret, files: changedFiles(folder, files) }))
    .filter(({ files }) => files.size > 0);
  if (changes.length === 0) return { changed: [], failures: [] };

  let mistakes = check();
  const old = new Map(
    changes.flatMap(({ files }) => [...files.keys()]).map((file) => [file, read(join(folder, file))]),
  );
  const write = (files: Iterable<[string, string | undefined]>): void => {
    for (const [file, text] of files) writeText(join(folder, file), text);
  };
  const fits = (): boolean => {
    const now = check();
    if (now.some((mistake) => !mistakes.includes(mistake))) return false;
    mistakes = now;
    return true;
  };
  for (const { files } of changes) write(files);
  if (fits()) return { changed: [...old.keys()], failures: [] };

  write(old);
  const written: Written = { changed: [], failures: [] };
  for (const { secret, files } of changes) {
    write(files);
    if (fits()) written.changed.push(...files.keys());
    else {
      written.failures.push(
        `secret ${secret} cannot be used: ${check().find((one) => !mistakes.includes(one))}`,
      );
      write([...files.keys()].map((file) => [file, old.get(file)]));
    }
  }
  return written;
}

/** Writes files that are not there yet. */
export function writeFiles(folder: string, secrets: readonly FetchedSecret[]): void {
  for (const { files } of secrets) for (const [file, text] of files) writeText(join(folder, file), text);
}

const changedFiles = (folder: string, files: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...files].filter(([file, text]) => read(join(folder, file)) !== text));

/** Replaces a file at once; removes it if there is no text. */
function writeText(path: string, text: string | undefined): void {
  if (text === undefined) return rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
