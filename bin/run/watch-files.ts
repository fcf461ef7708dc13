import { statSync } from "node:fs";

/** How often files are checked, in milliseconds. A change counts once it has been stable for this long. */
const LOOK_MS = 500;

export interface Watch {
  /** Takes the files as they are now: only later changes count. */
  catchUp(): void;
  close(): void;
}

/**
 * Calls `changed` once after files were changed, replaced, created or removed and are stable again. It polls, since
 * links and network file systems report no changes. `files` is called again after each change.
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

/** Differs whenever the file, or the target of its link, changes. */
function stateOfFile(file: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
