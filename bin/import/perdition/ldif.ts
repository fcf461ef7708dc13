import type { PopmapEntry } from "./popmap.ts";

/** Attribute with the user's name at the store; no login name, so that it leads nowhere by itself. */
export const STORE_USER = "mailStoreUser";

/** Routes as LDIF: an entry for each line of the popmap. `storeName` names the store of one. */
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

/** RFC 2849: what is not plain ASCII goes in base64. */
const line = (name: string, value: string): string =>
  /^[\x21\x23-\x39\x3b\x3d-\x7e][\x20-\x7e]*$/.test(value) && !value.endsWith(" ")
    ? `${name}: ${value}`
    : `${name}:: ${Buffer.from(value).toString("base64")}`;

/** RFC 4514. */
const escapeDn = (value: string): string => value.replace(/[",+;<>\\#=]/g, "\\$&");
