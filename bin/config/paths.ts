import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { readVdmapFile } from "../../edge-proxy/identity/map-files.ts";
import type { Configuration } from "./load.ts";

/** Keys whose values are paths; every other key that ends in File is one too. */
const PATH_KEYS: ReadonlySet<string> = new Set(["sqlite", "ldif", "file"]);

/** Makes every path in the configuration absolute; relative ones start at `folder`, where the file lies. */
export const absolutePaths = (configuration: Configuration, folder: string): Configuration =>
  walk(configuration, (_key, path) => resolve(folder, path)) as Configuration;

/** Data that changes by itself, and that others follow. */
const DATA_KEYS: ReadonlySet<string> = new Set(["sqlite", "ldif", "preAuthLogFile", "snapshotFile"]);

/** The configuration file and the files that it names, certificates and secrets; also where it has mistakes. */
export function filesOf(file: string): string[] {
  const files = new Set([resolve(file)]);
  const folder = resolve(dirname(file));
  try {
    walk(parse(readFileSync(file, "utf8"), { logLevel: "silent" }), (key, path) => {
      if (!DATA_KEYS.has(key)) files.add(resolve(folder, path));
      if (key === "virtualDomainFile") for (const map of certmapsOf(resolve(folder, path))) files.add(map);
      return path;
    });
  } catch {
    // Not there, or no YAML: then it names no files.
  }
  return [...files];
}

/** The maps that a virtual domain file names. */
function certmapsOf(vdmap: string): string[] {
  try {
    const { content } = readVdmapFile(vdmap, (path) => readFileSync(path, "utf8"));
    return content.flatMap(({ overrides }) => overrides.certmapFile ?? []);
  } catch {
    // Not there, or wrong: it is looked at again when it changes.
    return [];
  }
}

/** A copy with every path replaced. */
function walk(value: unknown, replace: (key: string, path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isPath = typeof inner === "string" && (PATH_KEYS.has(key) || key.endsWith("File"));
      return [key, isPath ? replace(key, inner) : walk(inner, replace)];
    }),
  );
}
