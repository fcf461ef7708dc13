const ESCAPED = String.raw`\\[0-9A-Fa-f]{2}`;
const SIMPLE = String.raw`[\w-]+(?:=(?:[^()\\\0]|${ESCAPED})*|[<>~]=(?:[^()\\*\0]|${ESCAPED})*)`;
const EXTENSIBLE = String.raw`(?:[\w-]+)?(?::dn)?(?::[\w.-]+)?:=(?:[^()\\*\0]|${ESCAPED})*`;
const ITEM = new RegExp(String.raw`\((?:${SIMPLE}|${EXTENSIBLE})\)`, "g");
/** NUL, which no filter may hold as it is, stands for a filter that has been read. */
const COMPOUND = /\(!\0\)|\([&|]\0+\)/g;

/**
 * Says what is wrong with the text of an LDAP filter (RFC 4515, section 3); undefined if it is one. The parentheses
 * around the whole may be left out.
 */
export function filterFault(text: string): string | undefined {
  let rest = text.startsWith("(") ? text : `(${text})`;
  if (text.includes("\0")) return "is not an LDAP filter: NUL must be written as \\00";
  for (let pattern = ITEM, before = ""; rest !== before; pattern = COMPOUND) {
    before = rest;
    rest = rest.replace(pattern, "\0");
  }
  if (rest === "\0") return undefined;
  return `is not an LDAP filter (RFC 4515): cannot read ${rest.replaceAll("\0", "…")}`;
}
