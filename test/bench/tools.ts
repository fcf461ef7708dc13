import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** A program or file that the benchmark needs, and the Debian package that has it. */
export interface Tool {
  /** Name of a command, or an absolute path. */
  name: string;
  aptPackage: string;
}

const gcc = { name: "gcc", aptPackage: "gcc" };
const openssl = { name: "openssl", aptPackage: "openssl" };
const opensslHeader = { name: "/usr/include/openssl/ssl.h", aptPackage: "libssl-dev" };
const taskset = { name: "taskset", aptPackage: "util-linux" };
const prlimit = { name: "prlimit", aptPackage: "util-linux" };

/** What the benchmark needs whatever it measures. */
export const BASE_TOOLS: readonly Tool[] = [gcc, openssl, opensslHeader, taskset, prlimit];

/** Where `name` is, or undefined. Servers live in sbin, which a user's PATH may lack. */
export function findTool(name: string): string | undefined {
  const folders = name.startsWith("/")
    ? [""]
    : [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(isReadable);
}

/** Where `name` is. Throws when it is missing, which `requireTools` has ruled out. */
export function toolPath(name: string): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(`${name} is missing`);
  return path;
}

/** Throws an error that names all that is missing and the command that installs it. */
export function requireTools(tools: readonly Tool[]): void {
  const missing = tools.filter((tool) => findTool(tool.name) === undefined);
  if (missing.length === 0) return;
  const names = [...new Set(missing.map((tool) => tool.name))].join(", ");
  const packages = [...new Set(missing.map((tool) => tool.aptPackage))].join(" ");
  throw new Error(`missing: ${names}. On Debian: apt-get install ${packages}`);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
