import { utf8Text } from "../../protocol/octets.ts";
import { DerError, derAt, derText } from "../../x509/der.ts";
import { FormatError, type FormatResult, formatResult } from "../format-fault.ts";
import { attributeType } from "./attribute-types.ts";
import type { DistinguishedName, NamePart, RelativeName } from "./distinguished-name.ts";

/**
 * Reads a DN (RFC 4514, section 3), with what older forms allow (RFC 2253, section 4): blanks around separators, `;`
 * for `,`, values in quotes, `OID.` before an OID.
 *
 *     parseDn('cn="Smith, Ann"; o=Acme')
 */
export const parseDn = (text: string): FormatResult<DistinguishedName> => formatResult(() => readDn(text));

/**
 * Adds missing commas, as in `cn=Pilar Lorca, ou=pilar o=airius.com` of the old manual: a blank before
 * one of the usual types and `=` begins a relative name there. The same text if none is missing.
 */
export const withMissingCommas = (text: string): string =>
  text.includes('"')
    ? text
    : text.replace(/(?<=[^\s,;+\\])\s+(?=(?:c|o|cn|l|st|ou|uid|e|mail|dc)\s*=)/gi, ",");

const TYPE = /[ \t]*((?:oid\.)?\d+(?:\.\d+)+|[a-z][a-z0-9-]*)[ \t]*=[ \t]*/iy;
const BER = /#((?:[0-9a-f]{2})+)[ \t]*/iy;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"[ \t]*/y;
/** Blanks after a value do not belong to it. */
const PLAIN = /((?:[^",;+\\ \t]|\\[\s\S]|[ \t]+(?=[^ \t,;+]))*)[ \t]*/y;

function readDn(text: string): DistinguishedName {
  if (!text.isWellFormed()) throw new FormatError(0, "must be Unicode text");
  if (text.trim() === "") return [];
  const relatives: RelativeName[] = [];
  let at = 0;
  for (;;) {
    const parts: NamePart[] = [];
    let separator: string;
    do {
      const read = readPart(text, at);
      parts.push(read.part);
      separator = text.charAt(read.end);
      at = read.end + 1;
    } while (separator === "+");
    relatives.push(parts);
    if (separator === "") return relatives;
    if (separator !== "," && separator !== ";") throw new FormatError(at - 1, "a comma is missing");
  }
}

/** One `type=value`; `end` is the position of its separator. */
function readPart(text: string, at: number): { part: NamePart; end: number } {
  const [type, written = ""] = matchAt(TYPE, text, at) ?? [];
  if (type === undefined) throw new FormatError(at, "an attribute type and = are missing");
  const start = at + type.length;
  if (text.charAt(start) === "#") {
    const [ber, hex = ""] = matchAt(BER, text, start) ?? [];
    if (ber === undefined) throw new FormatError(start, "# must be followed by hex digits");
    return { part: { type: attributeType(written), ...berValue(hex) }, end: start + ber.length };
  }
  const quoted = matchAt(QUOTED, text, start);
  const [whole = "", escaped = ""] = quoted ?? matchAt(PLAIN, text, start) ?? [];
  const end = start + whole.length;
  if (text.charAt(end) === '"') throw new FormatError(end, "a quote is unmatched");
  if (text.charAt(end) === "\\") throw new FormatError(end, "nothing follows the \\");
  const value = unescapeValue(escaped);
  if (value === undefined) throw new FormatError(start, "its hex digits are not UTF-8");
  return { part: { type: attributeType(written), value }, end };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** `\,` is a comma, `\c3\a9` the bytes of one character; undefined where they are not UTF-8. */
function unescapeValue(text: string): string | undefined {
  let isUtf8 = true;
  const value = text.replace(/(?:\\[0-9A-Fa-f]{2})+|\\([\s\S])/gu, (pairs, character?: string) => {
    if (character !== undefined) return character;
    const decoded = utf8Text(Buffer.from(pairs.replaceAll("\\", ""), "hex").toString("latin1"));
    isUtf8 &&= decoded !== undefined;
    return decoded ?? "";
  });
  return isUtf8 ? value : undefined;
}

/** RFC 4514, section 2.4: the BER of a value; text where it is that of a string. */
function berValue(hex: string): Pick<NamePart, "value" | "ber"> {
  const bytes = Buffer.from(hex, "hex");
  const opaque = { value: undefined, ber: hex.toLowerCase() };
  try {
    const element = derAt(bytes, 0, bytes.length);
    const value = element.end === bytes.length ? derText(bytes, element) : undefined;
    return value === undefined ? opaque : { value };
  } catch (error) {
    if (error instanceof DerError) return opaque;
    throw error;
  }
}
