import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { EXIT, Failure } from "../failure.ts";
import { KINDS, type Kind } from "./kinds.ts";

/** A file of the old configuration. */
export interface InputFile {
  path: string;
  text: string;
}

/** File names of each kind in a folder. They leave out the old installer's templates (…AService-def.cfg). */
const NAMES: Record<Kind, RegExp> = {
  mmp: /AService\.cfg$/i,
  perdition: /^popmap[^/]*(?<!\.db)$/i,
  nginx: /^nginx\.conf$/i,
  dovecot: /^dove(cot|conf)[^/]*\.(conf|txt|out)$/i,
};

/** What only the text of each kind contains. */
const TEXTS: readonly [Kind, RegExp][] = [
  ["mmp", /^\s*[A-Za-z0-9_-]+:[A-Za-z]+\s+\S|^\s*default:[A-Za-z]+/m],
  ["nginx", /^\s*(mail|http|events|server)\s*\{/m],
  ["dovecot", /^# 2\.\d+\.\d+.*dovecot|^\s*passdb(\s+[\w-]+)?\s*\{|^\s*service\s+\w+-login\s*\{/m],
  ["perdition", /^\s*[^#\s:]+:\s*\S+\s*$/m],
];

/** Reads the given files, and from a folder those whose names fit the kind. */
export function readInput(
  paths: readonly string[],
  from: Kind | undefined,
): { kind: Kind; files: InputFile[] } {
  const files = paths
    .flatMap((path) => inputFiles(path, from))
    .map((path) => ({ path, text: readText(path) }));
  const [first] = files;
  if (first === undefined) {
    throw new Failure(`no configuration found in ${paths.join(", ")}; give the files themselves`, EXIT.usage);
  }
  return { kind: from ?? kindOf(first), files };
}

function inputFiles(path: string, from: Kind | undefined): string[] {
  if (!attempt(path, () => statSync(path).isDirectory())) return [path];
  const names = attempt(path, () => readdirSync(path)).sort();
  for (const kind of from === undefined ? KINDS : [from]) {
    const fitting = names.filter((name) => NAMES[kind].test(name));
    if (fitting.length > 0) return fitting.map((name) => join(path, name));
  }
  return [];
}

function kindOf({ path, text }: InputFile): Kind {
  const byName = KINDS.find((kind) => NAMES[kind].test(basename(path)));
  if (byName !== undefined) return byName;
  const byText = TEXTS.find(([, pattern]) => pattern.test(text));
  if (byText !== undefined) return byText[0];
  throw new Failure(
    `${path}: unknown kind of configuration; add --from ${KINDS.join(", or --from ")}`,
    EXIT.usage,
  );
}

/** Reads a file in UTF-8 or, as older ones are, in ISO 8859-1. */
export function readText(path: string): string {
  const bytes = attempt(path, () => readFileSync(path));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString("latin1");
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, EXIT.usage);
  }
}
