import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { DEFAULT_CONFIG } from "./default-config.ts";
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
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return { ok: false, mistakes: [{ file, field: "", text: unreadableText(file, error as Error) }] };
  }
  const fault = utf8Fault(bytes);
  if (fault === undefined) return { ok: true, value: bytes.toString("utf8") };
  return { ok: false, mistakes: [{ file, ...fault, field: "" }] };
}

/** The file that is read if none is named may simply be elsewhere. */
const unreadableText = (file: string, { message, code }: Error & { code?: string }): string =>
  file === DEFAULT_CONFIG && code === "ENOENT"
    ? "does not exist here; name a file by --config or MMP_CONFIG"
    : `cannot be read: ${message}`;

/** The first line that is not UTF-8. */
function utf8Fault(bytes: Buffer): { line: number; column: number; text: string } | undefined {
  if (isUtf8(bytes)) return undefined;
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(LINE_FEED, start);
    const octets = bytes.subarray(start, end < 0 ? bytes.length : end);
    if (!isUtf8(octets)) {
      // Up to the faulty octet the line is UTF-8, so that its characters can be counted.
      const good = new TextDecoder().decode(octets).indexOf("\uFFFD");
      const [octet = 0] = octets.subarray(Buffer.byteLength(octets.toString("utf8").slice(0, good)));
      const code = octet.toString(16).toUpperCase().padStart(2, "0");
      return { line, column: good + 1, text: `the byte 0x${code} is not UTF-8; save the file in UTF-8` };
    }
    start = end + 1;
  }
}

const LINE_FEED = 0x0a;

/** Reads a YAML text; each syntax error comes with its line. `file` is for messages. */
export function readYaml(file: string, text: string): Checked<ReadYaml> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const mistakes = document.errors.map(({ code, pos, message }) => {
      const { line, col } = lines.linePos(pos[0]);
      return {
        file,
        line,
        column: col,
        field: "",
        text: code === "DUPLICATE_KEY" ? duplicateKey(text, pos[0]) : message,
      };
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

/** Names the key, which the library's message does not. */
const duplicateKey = (text: string, at: number): string =>
  `${/^[^:\n]*/.exec(text.slice(at))?.[0].trim() ?? ""} is already set in the same map`;

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
