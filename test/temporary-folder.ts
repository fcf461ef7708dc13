import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives a run of the tests, and all that it starts, one folder for what is temporary, and removes it at the end. */
export function setup(): () => void {
  const path = mkdtempSync(join(tmpdir(), "mmp-test-"));
  // Mail stores run as other users.
  chmodSync(path, 0o711);
  process.env.TMPDIR = path;
  return () => rmSync(path, { recursive: true, force: true });
}
