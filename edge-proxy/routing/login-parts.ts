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
  const at = lastOf(typed, settings.delimiters);
  const divides = at > 0 && at < typed.length - 1;
  const user = divides ? typed.slice(0, at) : typed;
  const domain = (divides ? typed.slice(at + 1) : settings.defaultDomain).toLowerCase();
  return {
    typed,
    user,
    domain,
    canonical: domain === "" ? user : `${user}${settings.canonicalDelimiter}${domain}`,
  };
}

function lastOf(text: string, characters: string): number {
  for (let at = text.length - 1; at >= 0; at--) {
    if (characters.includes(text.charAt(at))) return at;
  }
  return -1;
}

/** Only marks of ASCII divide a name: a letter or digit would cut names in two. */
export const isDelimiters = (text: string): boolean => /^[!-/:-@[-`{-~]+$/.test(text);
