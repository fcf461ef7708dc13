import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Child, start } from "./child.ts";
import { makeFolder } from "./workspace.ts";

/** The image's file system, entered as a container runtime would: read-only, as its user, with what is mounted. */
export interface ImageRoot {
  /** Folders of the host that are mounted at /etc/mmp, read-only, and /var/lib/mmp. */
  configuration: string;
  data: string;
  start(args: string[]): Child;
  remove(): void;
}

const USER_ID = 65_532;

/** Why the image's root cannot be entered here; undefined where it can. */
export function cannotEnter(): string | undefined {
  if (process.getuid?.() !== 0) return "entering another root needs root";
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "mount namespaces cannot be made here";
  }
}

/** Unpacks an archive of `npm run image`, owners and all. `emulator` runs a foreign machine's code. */
export function unpackImage(archive: string, emulator?: string): ImageRoot {
  const folder = makeFolder("image");
  const path = (name: string): string => join(folder.path, name);
  for (const name of ["root", "etc", "data"]) mkdirSync(path(name));
  execFileSync("tar", ["-xf", archive, "--same-owner", "-C", path("root")]);
  chownSync(path("data"), USER_ID, USER_ID);
  return {
    configuration: path("etc"),
    data: path("data"),
    start(args) {
      // Every step replaces the one before: the child that the test knows is mmp itself.
      const enter = `
        cd ${folder.path}
        mount --bind root root
        mount --rbind /proc root/proc
        mount --rbind /dev root/dev
        mount --bind data root/var/lib/mmp
        mount --bind etc root/etc/mmp
        mount -o remount,bind,ro root/etc/mmp
        mount -o remount,bind,ro,nosuid,nodev root
        exec env -i PATH="$PATH" MMP_CONFIG=/etc/mmp/mmp.yaml setpriv --no-new-privs chroot --userspec=${USER_ID}:${USER_ID} root ${emulator ?? ""} /usr/bin/mmp "$@"
      `;
      return start("unshare", ["--mount", "sh", "-e", "-c", enter, "sh", ...args], "/");
    },
    remove: folder.remove,
  };
}
