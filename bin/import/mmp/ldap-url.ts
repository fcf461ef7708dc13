import { badInput } from "../finding.ts";
import type { Parameter } from "./cfg-file.ts";

export interface LdapUrl {
  /** One URL a host, in the order in which they are tried. */
  urls: string[];
  base: string;
}

const FORM = /^(ldaps?):\/\/([^/]*)(?:\/([^?]*)(?:\?.*)?)?$/i;
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/;

/**
 * Parses an LDAP URL whose host part may name several hosts, separated by blanks.
 *
 * @example "ldap://ldap1 ldap2:1389/o=internet" has ldap://ldap1, ldap://ldap2:1389 and o=internet
 */
export function parseLdapUrl({ name, value, place }: Parameter): LdapUrl {
  const [, scheme = "", hosts = "", base = ""] = FORM.exec(value) ?? [];
  if (scheme === "")
    throw badInput(place, `${name} must begin with ldap:// or ldaps://, not ${JSON.stringify(value)}`);
  const urls = hosts
    .split(/\s+/)
    .filter((host) => host !== "")
    .map((host) => {
      if (!HOST.test(host)) throw badInput(place, `${name}: ${JSON.stringify(host)} is not a host`);
      return `${scheme.toLowerCase()}://${host}`;
    });
  return { urls: urls.length === 0 ? [`${scheme.toLowerCase()}://localhost`] : urls, base: decoded(base) };
}

/** Blanks and the like may be percent-encoded; old files also have them as they are. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
