import { ATTRIBUTE_NAME } from "../../route-api/contract/attribute-names.ts";
import { MATCH_PARTS_MAX } from "../../route-api/contract/search.ts";
import { unescapeFilterValue } from "./filter-text.ts";
import { FormatError } from "./format-fault.ts";

/** Escapes of SearchFormat: `%s` name with domain, `%U` user, `%V` domain, `%o` as typed, … */
export type SearchEscape = "s" | "U" | "V" | "o" | "C" | "S" | "D";

/** Text that stands for itself, or an escape. */
export type SearchPiece = string | { escape: SearchEscape };

export type FilterTemplate =
  | { attribute: string; value: readonly SearchPiece[] }
  | { all: FilterTemplate[] }
  | { any: FilterTemplate[] };

const ESCAPES = "sUVoCSD";
/** Longest format, in characters: bounds the nesting. */
const TEXT_MAX = 2048;

/** The reader's position, and the equality matches seen so far. */
interface Reader {
  readonly text: string;
  at: number;
  parts: number;
}

/** Reads the whole text as one filter; throws FormatError. */
export function readFilter(text: string): FilterTemplate {
  if (text.length > TEXT_MAX) throw new FormatError(TEXT_MAX, `must have at most ${TEXT_MAX} characters`);
  const reader: Reader = { text, at: 0, parts: 0 };
  skipBlanks(reader);
  const filter = filterAt(reader);
  skipBlanks(reader);
  if (reader.at < text.length) throw new FormatError(reader.at, "unexpected text after the filter");
  return filter;
}

/** `"(" ( "&" *filter / "|" *filter / attribute "=" value ) ")"` */
function filterAt(reader: Reader): FilterTemplate {
  if (reader.text.charAt(reader.at) !== "(") throw new FormatError(reader.at, "a filter must begin with (");
  reader.at++;
  skipBlanks(reader);
  switch (reader.text.charAt(reader.at)) {
    case "&":
      return { all: filtersAt(reader) };
    case "|":
      return { any: filtersAt(reader) };
    case "!":
      throw new FormatError(reader.at, "NOT is not supported: use equality matches joined by & and |");
    default:
      return equalityAt(reader);
  }
}

function filtersAt(reader: Reader): FilterTemplate[] {
  const operator = reader.at++;
  const filters: FilterTemplate[] = [];
  for (;;) {
    skipBlanks(reader);
    if (reader.text.charAt(reader.at) === ")") break;
    filters.push(filterAt(reader));
  }
  if (filters.length === 0) throw new FormatError(operator, "a filter must follow & or |");
  reader.at++;
  return filters;
}

function equalityAt(reader: Reader): FilterTemplate {
  const { text, at: start } = reader;
  const written = /^[^=()~<>]*/.exec(text.slice(start))?.[0] ?? "";
  const after = start + written.length;
  const operator = /^(?:~=|>=|<=)/.exec(text.slice(after))?.[0];
  if (operator !== undefined) {
    throw new FormatError(after, `${operator} is not supported: use =`);
  }
  if (text.charAt(after) !== "=") throw new FormatError(after, "attribute=value is missing");
  const attribute = written.trim();
  if (attribute.includes(":")) {
    throw new FormatError(start, "extensible matches are not supported: use =");
  }
  if (!ATTRIBUTE_NAME.test(attribute)) {
    throw new FormatError(start, `${JSON.stringify(attribute)} is not an attribute name`);
  }
  if (++reader.parts > MATCH_PARTS_MAX) {
    throw new FormatError(start, `at most ${MATCH_PARTS_MAX} attributes can be searched at once`);
  }
  reader.at = after + 1;
  return { attribute: attribute.toLowerCase(), value: valueAt(reader) };
}

/** Up to the closing parenthesis; hex pairs are read here, so that they are never mistaken for syntax or escapes. */
function valueAt(reader: Reader): SearchPiece[] {
  const { text } = reader;
  const start = reader.at;
  const pieces: SearchPiece[] = [];
  let literal = "";
  const close = (): void => {
    if (literal !== "") pieces.push(literal);
    literal = "";
  };
  for (;;) {
    const character = text.charAt(reader.at);
    if (character === ")") break;
    if (character === "" || character === "(") throw new FormatError(reader.at, ") is missing");
    if (character === "*") throw new FormatError(reader.at, wildcardFault(text.slice(start)));
    if (character === "%") {
      const letter = escapeAt(reader);
      if (letter === "%") literal += "%";
      else {
        close();
        pieces.push({ escape: letter });
      }
      reader.at += 2;
    } else if (character === "\\") {
      literal += hexPairsAt(reader);
    } else {
      literal += character;
      reader.at++;
    }
  }
  close();
  if (pieces.length === 0) throw new FormatError(start, "the value is missing");
  reader.at++;
  return pieces;
}

const wildcardFault = (rest: string): string =>
  /^\s*\*\s*\)/.test(rest)
    ? "presence matches (*) are not supported: use a value"
    : "substring matches (*) are not supported: use the whole value; a literal * is written \\2a";

function escapeAt({ text, at }: Reader): SearchEscape | "%" {
  const letter = text.charAt(at + 1);
  if (letter === "%") return "%";
  if (letter === "" || !ESCAPES.includes(letter)) {
    throw new FormatError(at, "% must be followed by one of s U V o C S D %");
  }
  return letter as SearchEscape;
}

/** All hex pairs in a row: together they may spell one character. */
function hexPairsAt(reader: Reader): string {
  const pairs = /^(?:\\[0-9A-Fa-f]{2})+/.exec(reader.text.slice(reader.at))?.[0];
  const value = pairs === undefined ? undefined : unescapeFilterValue(pairs);
  if (pairs === undefined || value === undefined) {
    throw new FormatError(reader.at, "\\ must be followed by hex digits of UTF-8, such as \\2a");
  }
  reader.at += pairs.length;
  return value;
}

function skipBlanks(reader: Reader): void {
  while (reader.text.charAt(reader.at) === " ") reader.at++;
}
