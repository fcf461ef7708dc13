import { readFileSync, statSync } from "node:fs";
import { fieldName } from "./mistakes.ts";
import { type NamedFile, namedFiles } from "./paths.ts";
import { Configuration } from "./schema.ts";
import { hasSecretLines } from "./secret-lines.ts";

/** Right of every user of the machine to read a file. */
const OTHERS_READ = 0o004;

/** A warning for each file with a secret that every user of the machine may read. */
export const exposedSecrets = (configuration: Configuration): string[] =>
  namedFiles(Configuration, configuration)
    .filter((named) => isExposed(named.file) && isSecret(named))
    .map(({ path, file }) => `${fieldName(path)}: every user can read ${file}; chmod 600 it`);

/** A virtual domain file is a secret only if it has a store administrator's password. */
const isSecret = ({ path, file, use }: NamedFile): boolean =>
  use === "secret" || (path.at(-1) === "virtualDomainFile" && hasSecretLines(readFileSync(file, "utf8")));

function isExposed(file: string): boolean {
  try {
    return (statSync(file).mode & OTHERS_READ) !== 0;
  } catch {
    return false;
  }
}
