import { execFileSync } from "node:child_process";
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "./workspace.ts";

/** Another revision of the project, checked out beside this one. */
export interface Revision {
  name: string;
  project: string;
}

/**
 * Checks a revision out into the folder, with the packages of this one. Throws where git does not know the
 * revision, or where it was made for other packages: both would be measured with something else than they say.
 */
export function checkOut(revision: string, directory: string): Revision {
  const git = (...options: string[]) =>
    execFileSync("git", options, { cwd: PROJECT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const commit = git("rev-parse", "--verify", `${revision}^{commit}`).trim();
  const project = join(directory, `edge-${commit.slice(0, 12)}`);
  if (existsSync(project)) {
    git("worktree", "remove", "--force", project);
    rmSync(project, { recursive: true, force: true });
  }
  git("worktree", "add", "--detach", project, commit);
  symlinkSync(join(PROJECT, "node_modules"), join(project, "node_modules"));
  return { name: revision, project };
}

/** Removes what `checkOut` made. */
export function removeCheckOut({ project }: Revision): void {
  execFileSync("git", ["worktree", "remove", "--force", project], { cwd: PROJECT, stdio: "ignore" });
}
