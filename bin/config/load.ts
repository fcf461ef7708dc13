import { dirname, resolve } from "node:path";
import { z } from "zod";
import { InstanceConfig } from "../../edge-proxy/config/instance.ts";
import { EdgeConfig } from "../../edge-proxy/config/limits.ts";
import { Stores } from "../../edge-proxy/config/stores.ts";
import { DirectoryConfig } from "../../route-api/config/directory.ts";
import { RouteApiConfig } from "../../route-api/config/route-api.ts";
import { RouteStoreConfig } from "../../route-api/config/route-store.ts";
import { readText, readYaml } from "./checked-yaml.ts";
import type { Fault } from "./checks/files.ts";
import { crossCheck } from "./checks/whole.ts";
import { describeIssue, type Mistake, type Path } from "./mistakes.ts";
import { absolutePaths } from "./paths.ts";

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

/** `sound` is the configuration without the instances that have mistakes, where nothing else has. */
export type LoadResult =
  | { ok: true; configuration: Configuration }
  | { ok: false; mistakes: Mistake[]; sound?: Configuration };

/** Reads and checks a configuration file whole. Paths in the result are absolute. */
export function loadConfiguration(file: string): LoadResult {
  const text = readText(file);
  if (!text.ok) return text;
  return parseConfiguration(file, text.value);
}

/** Checks the text of a configuration file; `file` is for messages and for relative paths. */
export function parseConfiguration(file: string, text: string): LoadResult {
  const read = readYaml(file, text);
  if (!read.ok) return read;
  const mistake = (path: Path, why: string): Mistake => ({
    ...read.value.mistake(path, why),
    instance: instanceOf(path),
  });

  const mistakes: Mistake[] = [];
  let input = read.value.value as object;
  for (;;) {
    const { faults, configuration } = check(input, resolve(dirname(file)));
    mistakes.push(...faults.map(({ path, text: why }) => mistake(path, why)));
    if (configuration !== undefined) {
      if (mistakes.length === 0) return { ok: true, configuration };
      return { ok: false, mistakes, sound: configuration };
    }
    // What the other instances are like is seen without the faulty ones.
    const rest = withoutInstances(input, faults);
    if (rest === undefined) return { ok: false, mistakes };
    input = rest;
  }
}

/** The configuration where nothing is wrong with it; else what is. */
function check(input: unknown, folder: string): { faults: Fault[]; configuration?: Configuration } {
  const parsed = Configuration.safeParse(input, { reportInput: true });
  if (!parsed.success)
    return { faults: parsed.error.issues.flatMap((issue) => describeIssue(issue, Configuration)) };
  const configuration = absolutePaths(parsed.data, folder);
  const faults = crossCheck(configuration);
  return faults.length > 0 ? { faults } : { faults, configuration };
}

/** The name of the instance that a place belongs to. */
const instanceOf = ([top, name]: Path): string | undefined =>
  top === "instances" && name !== undefined ? String(name) : undefined;

/** The input without the instances that have faults; undefined where other things have, or no instance is left. */
function withoutInstances(input: object, faults: readonly Fault[]): object | undefined {
  const names = new Set(faults.map(({ path }) => instanceOf(path)));
  if (names.has(undefined)) return undefined;
  const instances = Object.entries((input as { instances: object }).instances);
  const sound = instances.filter(([name]) => !names.has(name));
  if (sound.length === instances.length) return undefined;
  return sound.length === 0 ? undefined : { ...input, instances: Object.fromEntries(sound) };
}
