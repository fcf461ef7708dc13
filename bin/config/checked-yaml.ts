import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { describeIssue } from "./issues.ts";
import { type Fault, fieldName, type Mistake, type Path } from "./mistakes.ts";
import { placeOf } from "./yaml-places.ts";

export type Checked<T> = { ok: true; value: T } | { ok: false; mistakes: Mistake[] };

/** A YAML text with correct syntax: its value, and what turns a place in it into a mistake there. */
export interface ReadYaml {
  value: unknown;
  mistake(path: Path, text: string): Mistake;
}

/** The text of a file, or a mistake that names the file. */
export function readText(file: string): Checked<string> {
  try {
    return { ok: true, value: readFileSync(file, "utf8") };
  } catch (error) {
    return {
      ok: false,
      mistakes: [{ file, field: "", text: `cannot be read: ${(error as Error).message}` }],
    };
  }
}

/** Reads a YAML text; each syntax error comes with its line. `file` is for messages. */
export function readYaml(file: string, text: string): Checked<ReadYaml> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const mistakes = document.errors.map(({ pos, message }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { file, line, column: col, field: "", text: message };
    });
    return { ok: false, mistakes };
  }
  const mistake = (path: Path, why: string): Mistake => ({
    file,
    ...placeOf(document, lines, path),
    field: fieldName(path),
    text: why,
  });
  return { ok: true, value: { value: document.toJS() ?? {}, mistake } };
}

/** Checks a YAML text: its syntax, then against a schema, then by `finish`; each mistake has its line and field. */
export function checkedYaml<S extends z.ZodType, T>(
  { file, text, schema }: { file: string; text: string; schema: S },
  finish: (value: z.output<S>) => { value: T; faults: readonly Fault[] },
): Checked<T> {
  const read = readYaml(file, text);
  if (!read.ok) return read;
  const { value: input, mistake } = read.value;
  const parsed = schema.safeParse(input, { reportInput: true });
  if (!parsed.success) {
    const faults = parsed.error.issues.flatMap((issue) => describeIssue(issue, schema));
    return { ok: false, mistakes: faults.map(({ path, text: why }) => mistake(path, why)) };
  }
  const { value, faults } = finish(parsed.data);
  if (faults.length > 0)
    return { ok: false, mistakes: faults.map(({ path, text: why }) => mistake(path, why)) };
  return { ok: true, value };
}
