import { badInput, type Place, readAll } from "../finding.ts";
import type { InputFile } from "../input.ts";

/** A line `section:Name value`. */
export interface Parameter {
  place: Place;
  section: string;
  name: string;
  value: string;
}

const LINE = /^([A-Za-z0-9_-]+):([A-Za-z][A-Za-z0-9_.-]*)(?:\s+(.*))?$/;

/**
 * Reads a file with lines `section:Name value`. `#` begins a comment only as the first character of a line after blanks; a
 * value may be in double quotes; lines are never continued. Throws a
 * Failure with all lines that are anything else.
 */
export function parseCfg({ path, text }: InputFile): Parameter[] {
  return readAll(text.split("\n"), (raw, index) => {
    const place = { file: path, line: index + 1 };
    const line = (index === 0 ? raw.replace(/^\uFEFF/, "") : raw).trim();
    if (line === "" || line.startsWith("#")) return [];
    const match = LINE.exec(line);
    if (match === null) {
      throw badInput(place, "expected default:Name value, on one line");
    }
    const [, section = "", name = "", value = ""] = match;
    return [{ place, section, name, value: unquoted(value, place) }];
  });
}

function unquoted(value: string, place: Place): string {
  if (!value.startsWith('"')) return value;
  if (value.length < 2 || !value.endsWith('"')) throw badInput(place, "the quote is never closed");
  return value.slice(1, -1);
}
