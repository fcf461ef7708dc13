/** A filter as written: an AND, or anything else as its text. */
type Part = { all: Part[] } | { text: string };

/** A search filter, divided by what compares it with the user and what does not. */
export interface DividedFilter {
  /** What compares attributes with the user's name or the connection; undefined if nothing does. */
  perLogin: string | undefined;
  /** What is the same for every login, and could as well be part of the filter by which entries are read. */
  fixed: string[];
}

/**
 * Divides an LDAP filter with escapes such as `%s` (SearchFormat). Only parts of an AND can be taken out without changing
 * what the rest finds.
 *
 *     divideFilter("(&(objectClass=user)(!(status=deleted))(uid=%U))")
 *     // { perLogin: "(uid=%U)", fixed: ["(objectClass=user)", "(!(status=deleted))"] }
 */
export function divideFilter(text: string): DividedFilter {
  const fixed: string[] = [];
  const keep = (part: Part): string | undefined => {
    if ("text" in part) {
      if (/%[^%]/.test(part.text.replaceAll("%%", ""))) return part.text;
      fixed.push(part.text.replaceAll("%%", "%"));
      return undefined;
    }
    const kept = part.all.map(keep).filter((one) => one !== undefined);
    return kept.length > 1 ? `(&${kept.join("")})` : kept[0];
  };
  const perLogin = keep(partOf(text.trim()));
  return { perLogin, fixed };
}

/** A text that is not a filter stays as it is: whoever reads it says what is wrong. */
function partOf(text: string): Part {
  if (!/^\(\s*&/.test(text)) return { text };
  const members = membersOf(text.slice(text.indexOf("&") + 1, -1));
  return members === undefined ? { text } : { all: members.map(partOf) };
}

/** The filters in a row, each in its parentheses; undefined if there is anything else. */
function membersOf(text: string): string[] | undefined {
  const members: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "(" && depth++ === 0) start = at;
    else if (character === ")" && --depth === 0) members.push(text.slice(start, at + 1));
    else if (depth === 0 && character.trim() !== "") return undefined;
    if (depth < 0) return undefined;
  }
  return depth === 0 && members.length > 0 ? members : undefined;
}
