/** How login names are split and joined. */
export interface NameSettings {
  /** Characters that may separate user and domain (VirtualDomainDelim). */
  delimiters: string;
  /** The separator used in `%s` (CanonicalVirtualDomainDelim). */
  canonicalDelimiter: string;
  /** Domain appended to a name that has none; empty: nothing is appended. */
  defaultDomain: string;
}

export const DEFAULT_DELIMITER = "@";

/** A login name and its parts: the values of the escapes in SearchFormat and ReplayFormat. */
export interface LoginParts {
  /** `%o`: as the client typed it. */
  typed: string;
  /** `%U` */
  user: string;
  /** `%V`, in lower case; empty where there is none. */
  domain: string;
  /** `%s`: user, delimiter and domain; the user alone where there is no domain. */
  canonical: string;
}

/**
 * Splits a name at the last delimiter, so that a user name may contain one. A delimiter at either end splits nothing.
 *
 *     loginParts("bob+example.com", { delimiters: "@+", canonicalDelimiter: "@", defaultDomain: "" })
 *     // { user: "bob", domain: "example.com", canonical: "bob@example.com", … }
 */
export function loginParts(typed: string, settings: NameSettings): LoginParts {
  const { delimiters, canonicalDelimiter, defaultDomain } = settings;
  const at = lastOf(typed, delimiters);
  const divides = at > 0 && at < typed.length - 1;
  if (!divides) {
    const domain = defaultDomain.toLowerCase();
    const canonical = domain === "" ? typed : `${typed}${canonicalDelimiter}${domain}`;
    return { typed, user: typed, domain, canonical };
  }
  const user = typed.slice(0, at);
  const written = typed.slice(at + 1);
  const domain = written.toLowerCase();
  // Most names are canonical already: no string is made for them.
  const isCanonical = domain === written && typed.charAt(at) === canonicalDelimiter;
  return {
    typed,
    user,
    domain,
    canonical: isCanonical ? typed : `${user}${canonicalDelimiter}${domain}`,
  };
}

function lastOf(text: string, characters: string): number {
  if (characters.length === 1) return text.lastIndexOf(characters);
  for (let at = text.length - 1; at >= 0; at--) {
    if (characters.includes(text.charAt(at))) return at;
  }
  return -1;
}

/** ASCII punctuation only: a letter or digit would split ordinary names. */
export const isDelimiters = (text: string): boolean => /^[!-/:-@[-`{-~]+$/.test(text);
