/** How login names are taken apart and put together. */
export interface NameSettings {
  /** Characters of which each may stand between user and domain (VirtualDomainDelim). */
  delimiters: string;
  /** What stands there in `%s` (CanonicalVirtualDomainDelim). */
  canonicalDelimiter: string;
  /** Domain of a name that has none; empty: it stays without. */
  defaultDomain: string;
}

export const DEFAULT_DELIMITER = "@";

/** A login name and its parts: what the escapes of SearchFormat and ReplayFormat stand for. */
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
 * Takes a name apart at the last delimiter, so that a user name may hold one itself. A delimiter at either end divides
 * nothing.
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
  // Most names are written as they are spelled here.
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

/** Only marks of ASCII divide a name: a letter or digit would cut names in two. */
export const isDelimiters = (text: string): boolean => /^[!-/:-@[-`{-~]+$/.test(text);
