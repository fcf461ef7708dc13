import type { Match } from "../../route-api/contract/search.ts";
import { utf8Octets, utf8Text } from "../protocol/octets.ts";

/**
 * A value as a filter spells it (RFC 4515, section 3): `*`, parentheses, the backslash and control characters as hex
 * pairs.
 *
 *     escapeFilterValue("a*(b)")   // "a\\2a\\28b\\29"
 */
export const escapeFilterValue = (value: string): string =>
  value.replace(/[\\*()\u0000-\u001f\u007f]/g, (character) => `\\${hexPair(character)}`);

/** The value behind its spelling; undefined where a backslash begins no hex pair, or the bytes are not UTF-8. */
export function unescapeFilterValue(text: string): string | undefined {
  if (/\\(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  const octets = utf8Octets(text).replace(/\\(..)/g, (_, pair) =>
    String.fromCharCode(Number.parseInt(pair, 16)),
  );
  return utf8Text(octets);
}

/** A match as an LDAP filter: for logs and for support. */
export function filterText(match: Match): string {
  if ("attribute" in match) return `(${match.attribute}=${escapeFilterValue(match.value)})`;
  if ("all" in match) return `(&${match.all.map(filterText).join("")})`;
  return `(|${match.any.map(filterText).join("")})`;
}

const hexPair = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, "0");
