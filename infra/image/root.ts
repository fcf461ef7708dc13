import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cLibrary, notices } from "./libraries.ts";
import type { Target } from "./targets.ts";

/** Who mmp runs as: no account of any system, so that files of the host are nobody's in the container. */
export const USER_ID = 65_532;

/** The executable's place in the image. */
export const EXECUTABLE = "/usr/bin/mmp";

/** Folders to mount over: runtimes need them to be there, as the root is read-only. */
const MOUNT_POINTS = ["/proc", "/dev", "/sys", "/tmp", "/etc/mmp"];

/** The one folder that belongs to the user: the route store's. */
const DATA = "/var/lib/mmp";

const TEXTS = {
  "/etc/passwd": `root:x:0:0:root:/:/nologin\nmmp:x:${USER_ID}:${USER_ID}:mmp:${DATA}:/nologin\n`,
  "/etc/group": `root:x:0:\nmmp:x:${USER_ID}:\n`,
  "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

/** Lays the image's whole file system out in `folder`: the executable, the C library, two accounts, places to mount. */
export function layRoot(target: Target, executable: string, licence: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const path of [...MOUNT_POINTS, DATA]) mkdirSync(join(folder, path), { recursive: true });
  const files = [
    { from: executable, to: EXECUTABLE },
    { from: licence, to: "/usr/share/doc/mmp/LICENSE" },
    ...cLibrary(target),
    ...notices(target),
  ];
  for (const { from, to } of files) {
    mkdirSync(join(folder, dirname(to)), { recursive: true });
    // Follows links: the image has the file itself.
    copyFileSync(from, join(folder, to));
    chmodSync(join(folder, to), to.includes("/doc/") ? 0o644 : 0o755);
  }
  for (const [path, text] of Object.entries(TEXTS)) writeFileSync(join(folder, path), text);
}

/** Packs the root so that its owners hold wherever it is unpacked, and the same input gives the same bytes. */
export function packRoot(folder: string, archive: string): void {
  const common = [
    "--format=gnu",
    "--sort=name",
    "--mtime=@0",
    "--numeric-owner",
    "--mode=go-w",
    "-C",
    folder,
  ];
  const owner = (id: number): string[] => [`--owner=${id}`, `--group=${id}`];
  execFileSync("tar", ["-cf", archive, ...common, ...owner(0), `--exclude=.${DATA}`, "."]);
  execFileSync("tar", ["-rf", archive, ...common, ...owner(USER_ID), `.${DATA}`]);
}
