import { once } from "node:events";
import { createWriteStream } from "node:fs";

export const BASE = "dc=example,dc=com";
export const ADMIN_DN = `cn=admin,${BASE}`;

/** Login name of the person with a number. */
export const loginOf = (number: number): string => `user${number}@example.com`;
export const dnOf = (number: number): string => `uid=user${number},ou=people,${BASE}`;

/** An entry as a large directory has it: five names, one store, a status. */
const person = (number: number, store: string): string =>
  `dn: ${dnOf(number)}
objectClass: inetOrgPerson
objectClass: mailUser
uid: user${number}
cn: User ${number}
sn: ${number}
mail: ${loginOf(number)}
mailAlternateAddress: u.${number}@example.com
mailAlternateAddress: ${number}@example.org
mailHost: ${store}
mailUserStatus: active
entryUUID: 00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}

`;

const TOP = `dn: ${BASE}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,${BASE}
objectClass: organizationalUnit
ou: people

`;

/** Entries written at a time. */
const BLOCK = 1000;

/** Writes `count` people into an LDIF file, spread over the stores. */
export async function writePeople(file: string, count: number, stores: readonly string[]): Promise<void> {
  const stream = createWriteStream(file);
  stream.write(TOP);
  for (let from = 0; from < count; from += BLOCK) {
    const block = Array.from({ length: Math.min(BLOCK, count - from) }, (_, index) =>
      person(from + index, stores[(from + index) % stores.length] ?? ""),
    );
    if (!stream.write(block.join(""))) await once(stream, "drain");
  }
  stream.end();
  await once(stream, "close");
}
