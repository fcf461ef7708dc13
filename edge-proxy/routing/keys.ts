import { createHash } from "node:crypto";
import type { RouteSearch } from "../../route-api/contract/search.ts";
import { filterText } from "../identity/filter-text.ts";

/** The key that a route is cached under: the canonical login name (see `loginName`). */
export const routeKey = (login: string): string => login;

/**
 * The key of a search: all that it asks for, so that two domains that ask the same share the answer, and none has
 * another's. No login name holds a NUL: none is the key of a search.
 */
export function searchKey({ match, base = "", certificate }: RouteSearch): string {
  const asked = `${filterText(match)}\0${base}`.toLowerCase();
  if (certificate === undefined) return asked;
  return `${asked}\0${createHash("sha256").update(certificate).digest("base64")}`;
}
