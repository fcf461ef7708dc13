import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cLibrary, notices } from "./libraries.ts";
import type { Target } from "./targets.ts";

/** The user that mmp runs as: one that exists on no host, so that it owns none of the host's files. */
export const USER_ID = 65_532;

/** Path of the executable in the image. */
export const EXECUTABLE = "/usr/bin/mmp";

/** Mount points: they must exist, because the root file system is read-only. */
const MOUNT_POINTS = ["/proc", "/dev", "/sys", "/tmp", "/etc/mmp"];

/** The route store's folder, the only one that the user owns. */
const DATA = "/var/lib/mmp";

const TEXTS = {
  "/etc/passwd": `root:x:0:0:root:/:/nologin\nmmp:x:${USER_ID}:${USER_ID}:mmp:${DATA}:/nologin\n`,
  "/etc/group": `root:x:0:\nmmp:x:${USER_ID}:\n`,
  "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

/** Lays out the image's file system in `folder`: the executable, the C library, two accounts and mount points. */
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
    // Follow links: the image gets the file itself.
    copyFileSync(from, join(folder, to));
    chmodSync(join(folder, to), to.includes("/doc/") ? 0o644 : 0o755);
  }
  for (const [path, text] of Object.entries(TEXTS)) writeFileSync(join(folder, path), text);
}

/** Packs the root with fixed owners and times, so that the same input gives the same bytes. */
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
