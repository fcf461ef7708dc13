import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Target } from "./targets.ts";

/** The libraries that Bun's executable is linked with, besides the loader: all of them glibc's. */
const LIBRARIES = ["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2"];

/** A file of this machine and its path in the image. */
export interface Placed {
  from: string;
  to: string;
}

/**
 * The C library for the target, from Debian's packages of this machine. glibc and not musl: it is what the tests run on,
 * and Bun's musl build wants a libstdc++ beside it.
 */
export function cLibrary({ triplet, loader, crossPackage }: Target): Placed[] {
  const folders = [`/usr/lib/${triplet}`, `/lib/${triplet}`, `/usr/${triplet}/lib`];
  const find = (name: string): string => {
    const found = folders.map((folder) => join(folder, name)).find(existsSync);
    if (found !== undefined) return found;
    throw new Error(`${name} for ${triplet} is missing; on Debian: apt-get install ${crossPackage}`);
  };
  const loaderName = loader.slice(loader.lastIndexOf("/") + 1);
  return [
    { from: find(loaderName), to: loader },
    ...LIBRARIES.map((name) => ({ from: find(name), to: `/lib/${triplet}/${name}` })),
  ];
}

/** Licences of third-party files. */
export const notices = ({ crossPackage }: Target): Placed[] =>
  ["libc6", crossPackage]
    .map((name) => `/usr/share/doc/${name}/copyright`)
    .filter(existsSync)
    .slice(-1)
    .map((from) => ({ from, to: "/usr/share/doc/libc6/copyright" }));
