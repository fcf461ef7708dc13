/** ACCOUNTS in native/load/session.c. */
const COUNT = 1000;

export interface BenchUser {
  login: string;
  uid: string;
}

/** The accounts that the load generator logs in with; `noop` is the one that times NOOPs. */
export const USERS: readonly BenchUser[] = [
  ...Array.from({ length: COUNT }, (_, number) => `u${number}`),
  "noop",
].map((uid) => ({ login: `${uid}@example.com`, uid }));

/** The accounts as entries of a directory, all on one store, in LDIF (RFC 2849). */
export const usersLdif = (store: string): string => `version: 1\n${USERS.map(entry(store)).join("")}`;

const entry =
  (store: string) =>
  ({ login, uid }: BenchUser, number: number): string =>
    `
dn: uid=${uid},ou=people,dc=example,dc=com
objectClass: inetOrgPerson
objectClass: mailUser
uid: ${uid}
cn: ${uid}
sn: ${uid}
mail: ${login}
mailHost: ${store}
mailUserStatus: active
entryUUID: 00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}
`;
