import { createHash } from "node:crypto";
import type { RouteSearch } from "../../route-api/contract/search.ts";
import { filterText } from "../identity/filter-text.ts";

/** The key that a route is cached under: the canonical login name (see `loginName`). */
export const routeKey = (login: string): string => login;

/**
 * The key of a search is everything that it asks for: domains that ask the same share the answer, and no others. The NUL
 * keeps it apart from the keys of login names, which contain none.
 */
export function searchKey({ match, base = "", certificate }: RouteSearch): string {
  const asked = `${filterText(match)}\0${base}`.toLowerCase();
  if (certificate === undefined) return asked;
  return `${asked}\0${createHash("sha256").update(certificate).digest("base64")}`;
}
