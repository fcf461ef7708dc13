/** A user as an old proxy lists it. */
export interface ListedUser {
  /** The login name. */
  key: string;
  /** The name at the store, if it differs. */
  user?: string;
}

/** Attribute with the user's name at the store; it is not a login name. */
export const STORE_USER = "mailStoreUser";

/**
 * Users as LDIF, an entry each. `storeName` gives the name of a user's store; `source` is where they come from, in one
 * word, such as `popmap`.
 */
export const usersLdif = <User extends ListedUser>(
  users: readonly User[],
  storeName: (user: User) => string,
  source: string,
): string =>
  `# Users of the ${source}.\nversion: 1\n\n${users.map((user) => record(user, storeName(user), source)).join("\n")}`;

function record({ key, user }: ListedUser, store: string, source: string): string {
  const login = key.includes("@") ? "mail" : "uid";
  return [
    line("dn", `${login}=${escapeDn(key)},o=${source}`),
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
