import { dirname, resolve } from "node:path";
import { readText, readYaml } from "./checked-yaml.ts";
import { checkConfiguration } from "./checks/configuration.ts";
import { describeIssue } from "./issues.ts";
import type { Fault, Mistake, Path } from "./mistakes.ts";
import { absolutePaths } from "./paths.ts";
import { Configuration } from "./schema.ts";

/** `sound` is the configuration without the instances that have mistakes, if there are no other mistakes. */
export type LoadResult =
  | { ok: true; configuration: Configuration }
  | { ok: false; mistakes: Mistake[]; sound?: Configuration };

/** Reads and checks a configuration file. Paths in the result are absolute. */
export function loadConfiguration(file: string): LoadResult {
  const text = readText(file);
  if (!text.ok) return text;
  return parseConfiguration(file, text.value);
}

/** Turns faults of a file that is otherwise valid into mistakes with their places. */
export function locate(file: string, faults: readonly Fault[]): Mistake[] {
  const text = readText(file);
  const read = text.ok ? readYaml(file, text.value) : text;
  return read.ok ? faults.map(({ path, text: why }) => read.value.mistake(path, why)) : read.mistakes;
}

/** Checks the text of a configuration file; `file` is for messages and relative paths. */
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
    // Mistakes in the other instances show once the faulty ones are gone.
    const rest = withoutInstances(input, faults);
    if (rest === undefined) return { ok: false, mistakes };
    input = rest;
  }
}

/** The configuration if nothing is wrong with it, else the faults. */
function check(input: unknown, folder: string): { faults: Fault[]; configuration?: Configuration } {
  const parsed = Configuration.safeParse(input, { reportInput: true });
  if (!parsed.success)
    return { faults: parsed.error.issues.flatMap((issue) => describeIssue(issue, Configuration)) };
  const configuration = absolutePaths(parsed.data, folder);
  const faults = checkConfiguration(configuration);
  return faults.length > 0 ? { faults } : { faults, configuration };
}

/** The name of the instance that a place belongs to. */
const instanceOf = ([top, name]: Path): string | undefined =>
  top === "instances" && name !== undefined ? String(name) : undefined;

/** The input without the instances that have faults; undefined if anything else has some, or if no instance remains. */
function withoutInstances(input: object, faults: readonly Fault[]): object | undefined {
  const names = new Set(faults.map(({ path }) => instanceOf(path)));
  if (names.has(undefined)) return undefined;
  const instances = Object.entries((input as { instances: object }).instances);
  const sound = instances.filter(([name]) => !names.has(name));
  if (sound.length === instances.length) return undefined;
  return sound.length === 0 ? undefined : { ...input, instances: Object.fromEntries(sound) };
}
