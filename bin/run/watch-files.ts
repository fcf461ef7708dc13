import { statSync } from "node:fs";

/** How often files are looked at, in milliseconds. A change counts once it has stood for this long. */
const LOOK_MS = 500;

export interface Watch {
  /** What the files are now is known: only what changes behind it counts. */
  catchUp(): void;
  close(): void;
}

/**
 * Calls `changed` when one of the files was changed, replaced, came or went, once nothing moves any more. It looks at
 * them by itself, for links and network file systems tell of no changes. `files` is asked again after each change.
 */
export function watchFiles(files: () => readonly string[], changed: () => void): Watch {
  let watched = files();
  let known = stateOf(watched);
  let last = known;
  const catchUp = (): void => {
    watched = files();
    known = stateOf(watched);
    last = known;
  };
  const look = (): void => {
    const now = stateOf(watched);
    const settled = now === last;
    last = now;
    if (!settled || now === known) return;
    catchUp();
    changed();
  };
  const timer = setInterval(look, LOOK_MS);
  return { catchUp, close: () => clearInterval(timer) };
}

const stateOf = (files: readonly string[]): string => files.map(stateOfFile).join("\n");

/** What changes with the file, or with what its link leads to. */
function stateOfFile(file: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
