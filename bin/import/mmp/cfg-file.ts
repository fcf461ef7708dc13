import { badInput, type Place } from "../finding.ts";
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
 * Reads a file of the family `default:Name value`. `#` begins a comment only as the first character of a line that is
 * no blank; a value may stand in double quotes; a line does not go on in the next. Any other line is an error.
 */
export function parseCfg({ path, text }: InputFile): Parameter[] {
  return text.split("\n").flatMap((raw, index) => {
    const place = { file: path, line: index + 1 };
    const line = (index === 0 ? raw.replace(/^\uFEFF/, "") : raw).trim();
    if (line === "" || line.startsWith("#")) return [];
    const match = LINE.exec(line);
    if (match === null) {
      throw badInput(
        place,
        "is no line of the form default:Name value; a value stands on one line with its name",
      );
    }
    const [, section = "", name = "", value = ""] = match;
    return [{ place, section, name, value: unquoted(value, place) }];
  });
}

function unquoted(value: string, place: Place): string {
  if (!value.startsWith('"')) return value;
  if (value.length < 2 || !value.endsWith('"')) throw badInput(place, "the quote is not closed");
  return value.slice(1, -1);
}
