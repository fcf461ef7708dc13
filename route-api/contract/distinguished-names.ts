import { searchValue } from "./names.ts";

/** Characters that a normal DN has as separators only; in values they are written as hex pairs. */
const SPECIAL = /[\\",+;<>=#]/g;
const ATTRIBUTE_TYPE = /^([A-Za-z][A-Za-z0-9-]*|\d+(\.\d+)*)$/;

/**
 * A distinguished name (RFC 4514) in the one spelling that look-ups compare: attribute types and values in lower case,
 * no blanks around separators, special characters as hex pairs, the parts of a relative name in order; undefined where
 * it is no DN. Takes RFC 2253's quotes and semicolons too.
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

/** Whether a DN lies below the base or is it; both as `normalDn` makes them. */
export const isBelow = (dn: string, base: string): boolean =>
  base === "" || dn === base || dn.endsWith(`,${base}`);

/** `text` cut at each separator that is neither escaped nor in quotes. */
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
  // The BER of a value (RFC 4514, section 2.4) stays as it is.
  if (/^#([0-9A-Fa-f]{2})+$/.test(raw)) return `${type}=${raw}`.toLowerCase();
  const value = unescapeValue(raw);
  if (value === undefined) return undefined;
  const escaped = searchValue(value).replace(SPECIAL, (character) => `\\${hex(character)}`);
  return `${type.toLowerCase()}=${escaped}`;
}

const ENDS_IN_ESCAPE = /(^|[^\\])(\\\\)*\\$/;

/** The value without outer blanks; one at its end that is escaped belongs to it (RFC 4514, section 2.4). */
function trimmed(value: string): string {
  const inner = value.trim();
  return ENDS_IN_ESCAPE.test(inner) && !value.endsWith(inner) ? `${inner} ` : inner;
}

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, "0");

/** RFC 4514, section 3: `\,` is a comma, `\c3\a9` the bytes of a character; quotes around it all are RFC 2253's. */
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
