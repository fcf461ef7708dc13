import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { InstanceConfig } from "../edge-proxy/config/instance.ts";
import { EdgeConfig } from "../edge-proxy/config/limits.ts";
import { Stores } from "../edge-proxy/config/stores.ts";
import { DirectoryConfig } from "../route-api/config/directory.ts";
import { RouteApiConfig } from "../route-api/config/route-api.ts";
import { RouteStoreConfig } from "../route-api/config/route-store.ts";
import { checkedYaml } from "./checked-yaml.ts";
import { crossCheck } from "./config-checks.ts";
import { absolutePaths } from "./config-paths.ts";
import type { Mistake } from "./mistakes.ts";

/** The whole of mmp.yaml. */
export const Configuration = z.strictObject({
  routeStore: RouteStoreConfig.describe("Where routes are kept."),
  directory: DirectoryConfig.describe("Where routes come from: what sync reads."),
  routeApi: RouteApiConfig.describe("The route API, and where edges find it."),
  stores: Stores.describe('How to reach the stores that mailHost names; "*" is for all others.'),
  edge: EdgeConfig.prefault({}).describe("What the instances of one process share."),
  instances: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/, "must be of letters, digits and hyphens"), InstanceConfig)
    .describe("Multiplexors, each with its listeners, TLS and limits."),
});
export type Configuration = z.infer<typeof Configuration>;

export type LoadResult = { ok: true; configuration: Configuration } | { ok: false; mistakes: Mistake[] };

/** Reads and checks a configuration file whole. Paths in the result are absolute. */
export function loadConfiguration(file: string): LoadResult {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return {
      ok: false,
      mistakes: [{ file, field: "", text: `cannot be read: ${(error as Error).message}` }],
    };
  }
  return parseConfiguration(file, text);
}

/** Checks the text of a configuration file; `file` is for messages and for relative paths. */
export function parseConfiguration(file: string, text: string): LoadResult {
  const checked = checkedYaml({ file, text, schema: Configuration }, (parsed) => {
    const value = absolutePaths(parsed, resolve(dirname(file)));
    return { value, faults: crossCheck(value) };
  });
  return checked.ok ? { ok: true, configuration: checked.value } : checked;
}
