import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../workspace.ts";

/** A store's Debian packages, unpacked by `bin/prepare.mjs` because they refuse to be installed beside Dovecot. */
export interface UnpackedStore {
  /** Path of a file of the packages, by its place after an installation. */
  path(file: string): string;
  /** How to start a program of theirs: `env`, with where its libraries are. */
  command(file: string, variables?: Record<string, string>): [program: string, ...args: string[]];
}

const placeOf = (name: string): string => join(PROJECT, "test/.cache/stores", name);

/** Why the tests with a store are skipped, undefined where they need not be. */
export const whyNoStore = (name: string): string | undefined =>
  existsSync(placeOf(name)) ? undefined : `its packages are not in test/.cache/stores/${name}`;

export function unpackedStore(name: string): UnpackedStore {
  const root = placeOf(name);
  const path = (file: string): string => join(root, file);
  const libraries = ["lib", "usr/lib"].flatMap((folder) => [
    path(folder),
    ...subfolders(path(folder)).filter((each) => each.endsWith("-linux-gnu") || each.endsWith("-authlib")),
  ]);
  return {
    path,
    command: (file, variables = {}) => [
      "env",
      `LD_LIBRARY_PATH=${libraries.join(":")}`,
      ...Object.entries(variables).map(([variable, value]) => `${variable}=${value}`),
      path(file),
    ],
  };
}

const subfolders = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
