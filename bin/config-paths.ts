import { resolve } from "node:path";
import type { Configuration } from "./config-file.ts";

/** Keys whose values are paths; every other key that ends in File is one too. */
const PATH_KEYS: ReadonlySet<string> = new Set(["sqlite", "ldif", "file"]);

/** Makes every path in the configuration absolute; relative ones start at `folder`, where the file lies. */
export const absolutePaths = (configuration: Configuration, folder: string): Configuration =>
  walk(configuration, folder) as Configuration;

function walk(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, folder));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const isPath = typeof inner === "string" && (PATH_KEYS.has(key) || key.endsWith("File"));
      return [key, isPath ? resolve(folder, inner) : walk(inner, folder)];
    }),
  );
}
