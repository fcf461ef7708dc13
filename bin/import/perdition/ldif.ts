import type { PopmapEntry } from "./popmap.ts";

/** Attribute with the user's name at the store; it is not a login name. */
export const STORE_USER = "mailStoreUser";

/** The routes as LDIF, one entry per line of the popmap. `storeName` gives the name of an entry's store. */
export const routesLdif = (
  entries: readonly PopmapEntry[],
  storeName: (entry: PopmapEntry) => string,
): string =>
  `# Users of the popmap.\nversion: 1\n\n${entries.map((entry) => record(entry, storeName(entry))).join("\n")}`;

function record({ key, user }: PopmapEntry, store: string): string {
  const login = key.includes("@") ? "mail" : "uid";
  return [
    line("dn", `${login}=${escapeDn(key)},o=popmap`),
    line(login, key),
    ...(user === undefined ? [] : [line(STORE_USER, user)]),
    line("mailHost", store),
    "",
  ].join("\n");
}

/** A line of LDIF; other values than plain ASCII are in base64 (RFC 2849). */
const line = (name: string, value: string): string =>
  /^[\x21\x23-\x39\x3b\x3d-\x7e][\x20-\x7e]*$/.test(value) && !value.endsWith(" ")
    ? `${name}: ${value}`
    : `${name}:: ${Buffer.from(value).toString("base64")}`;

/** Escapes a value for a DN (RFC 4514). */
const escapeDn = (value: string): string => value.replace(/[",+;<>\\#=]/g, "\\$&");
