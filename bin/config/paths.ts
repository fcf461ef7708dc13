import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import type { z } from "zod";
import { filesOfDomain, readVdmapFile } from "../../edge-proxy/identity/map-files.ts";
import { type FileUse, fileUse } from "../../route-api/contract/file-paths.ts";
import type { Path } from "./mistakes.ts";
import { Configuration } from "./schema.ts";
import { children, variants } from "./schema-parts.ts";

/** A file that a configuration names. */
export interface NamedFile {
  /** The field that names it. */
  path: Path;
  file: string;
  use: FileUse;
}

/** The files that a value names in fields that its schema marks as paths; the value may be incomplete or wrong. */
export function namedFiles(schema: z.ZodType, value: unknown): NamedFile[] {
  const files: NamedFile[] = [];
  withPaths([schema], value, [], (named) => {
    files.push(named);
    return named.file;
  });
  return files;
}

/** A configuration whose paths are absolute; relative ones start at `folder`. */
export const absolutePaths = (configuration: Configuration, folder: string): Configuration =>
  withPaths([Configuration], configuration, [], ({ file }) => resolve(folder, file)) as Configuration;

/** A copy with each path replaced. */
function withPaths(
  schemas: readonly z.ZodType[],
  value: unknown,
  path: Path,
  replace: (named: NamedFile) => string,
): unknown {
  if (typeof value === "string") {
    const [use] = schemas.flatMap(variants).flatMap((variant) => fileUse(variant) ?? []);
    return use === undefined ? value : replace({ path, file: value, use });
  }
  if (typeof value !== "object" || value === null) return value;
  const inner = (key: string | number, item: unknown): unknown =>
    withPaths(children(schemas, key), item, [...path, key], replace);
  if (Array.isArray(value)) return value.map((item, index) => inner(index, item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(key, item)]));
}

/**
 * The configuration file and the files whose contents count as settings, even if there are mistakes in it; of the given
 * sections, or of all.
 */
export function watchedFiles(file: string, sections?: readonly string[]): string[] {
  const folder = resolve(dirname(file));
  const named = namedSettings(file).filter(({ path: [top] }) => sections?.includes(String(top)) ?? true);
  const settings = named.map(({ path, file: relative }) => ({ path, file: resolve(folder, relative) }));
  const inMaps = settings.flatMap(({ path, file: vdmap }) =>
    path.at(-1) === "virtualDomainFile" ? filesIn(vdmap) : [],
  );
  return [...new Set([resolve(file), ...settings.map((setting) => setting.file), ...inMaps])];
}

function namedSettings(file: string): NamedFile[] {
  try {
    const value: unknown = parse(readFileSync(file, "utf8"), { logLevel: "silent" });
    return namedFiles(Configuration, value).filter(({ use }) => use === "settings" || use === "secret");
  } catch {
    // Absent, or not YAML: it names no files then.
    return [];
  }
}

/** The files that a virtual domain file names. */
function filesIn(vdmap: string): string[] {
  try {
    const { content } = readVdmapFile(vdmap, (path) => readFileSync(path, "utf8"));
    return content.flatMap(filesOfDomain);
  } catch {
    // Absent or wrong: it is read again once it changes.
    return [];
  }
}
