import { searchValue } from "./names.ts";

/** Characters that a normalized DN has only as separators; in values they are escaped as hex pairs. */
const SPECIAL = /[\\",+;<>=#]/g;
const ATTRIBUTE_TYPE = /^([A-Za-z][A-Za-z0-9-]*|\d+(\.\d+)*)$/;

/** A type, and a value that may be in quotes. */
const PART = String.raw` *(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*) *=(?: *"(?:[^"\\]|\\[\s\S])*" *|(?:[^"\\,;+]|\\[\s\S])*)`;
/** What `normalDn` takes for a DN, as a pattern, for descriptions of the API. */
export const DN_PATTERN = new RegExp(`^(?: *|${PART}(?:[,;+]${PART})*)$`);

/**
 * A distinguished name (RFC 4514) in the normal form that look-ups compare: attribute types and values in lower case, no
 * blanks around separators, special characters as hex pairs, the parts of a relative name sorted. Undefined if it is not
 * a DN. Also accepts the quotes and semicolons of RFC 2253.
 *
 *     normalDn("CN=Smith\\, Ann , DC=Example")   // "cn=smith\\2c ann,dc=example"
 */
export function normalDn(dn: string): string | undefined {
  if (dn.trim() === "") return "";
  const relativeNames: string[] = [];
  for (const relativeName of splitOutside(dn, /[,;]/)) {
    const parts = splitOutside(relativeName, /\+/).map(normalPart);
    if (!parts.every((part) => part !== undefined)) return undefined;
    relativeNames.push(parts.sort().join("+"));
  }
  return relativeNames.join(",");
}

/** Whether two texts are the same DN, however they are spelled; texts that are not DNs must be equal. */
export const isSameDn = (one: string, other: string): boolean =>
  one === other || (normalDn(one) ?? one) === (normalDn(other) ?? other);

/** Whether a DN is the base or lies below it; both in normal form. */
export const isBelow = (dn: string, base: string): boolean =>
  base === "" || dn === base || dn.endsWith(`,${base}`);

/** `text` split at separators that are neither escaped nor quoted. */
function splitOutside(text: string, separator: RegExp): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && separator.test(character)) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function normalPart(part: string): string | undefined {
  const equals = part.indexOf("=");
  const type = part.slice(0, Math.max(equals, 0)).trim();
  if (!ATTRIBUTE_TYPE.test(type)) return undefined;
  const raw = trimmed(part.slice(equals + 1));
  // A value in BER (RFC 4514, section 2.4) is kept as it is.
  if (/^#([0-9A-Fa-f]{2})+$/.test(raw)) return `${type}=${raw}`.toLowerCase();
  const value = unescapeValue(raw);
  if (value === undefined) return undefined;
  const escaped = searchValue(value).replace(SPECIAL, (character) => `\\${hex(character)}`);
  return `${type.toLowerCase()}=${escaped}`;
}

const ENDS_IN_ESCAPE = /(^|[^\\])(\\\\)*\\$/;

/** The value without outer blanks; an escaped blank at the end belongs to it (RFC 4514, section 2.4). */
function trimmed(value: string): string {
  const inner = value.trim();
  return ENDS_IN_ESCAPE.test(inner) && !value.endsWith(inner) ? `${inner} ` : inner;
}

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, "0");

/** Unescapes `\,` and hex pairs such as `\c3\a9` (RFC 4514, section 3); also removes the quotes of RFC 2253. */
function unescapeValue(raw: string): string | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/su.exec(raw);
  const text = quoted?.[1] ?? raw;
  if (quoted === null && /(^|[^\\])(\\\\)*"/.test(raw)) return undefined;
  if (ENDS_IN_ESCAPE.test(text)) return undefined;
  const unescaped = text.replace(/(?:\\[0-9A-Fa-f]{2})+|\\(.)/gsu, (pair, character?: string) =>
    character === undefined ? Buffer.from(pair.replaceAll("\\", ""), "hex").toString("utf8") : character,
  );
  return unescaped;
}
