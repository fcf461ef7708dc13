import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "./child.ts";
import { accepting } from "./wait.ts";
import { freePort, makeFolder } from "./workspace.ts";

export interface Slapd {
  url: string;
  bindDn: string;
  bindPassword: string;
  /** Changes entries as LDIF says: change records, or new entries. */
  modify(ldif: string): void;
  remove(): Promise<void>;
}

export const BASE = "dc=example,dc=com";
const BIND_DN = `cn=admin,${BASE}`;
const BIND_PASSWORD = "directory secret";

const CONFIG = (folder: string): string => `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.99999.1.1 NAME 'mailHost' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
attributetype ( 1.3.6.1.4.1.99999.1.2 NAME 'mailAlternateAddress' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
objectclass ( 1.3.6.1.4.1.99999.2.1 NAME 'mailUser' AUXILIARY MAY ( mailHost $ mailAlternateAddress ) )
pidfile ${folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
sizelimit 500
database mdb
maxsize 104857600
suffix "${BASE}"
rootdn "${BIND_DN}"
rootpw "${BIND_PASSWORD}"
directory ${folder}/db
`;

/** A real slapd on a free port, with the base entry and `ldif` in it. */
export async function startSlapd(ldif: string): Promise<Slapd> {
  const folder = makeFolder("slapd");
  chmodSync(folder.path, 0o755);
  mkdirSync(join(folder.path, "db"));
  const file = join(folder.path, "slapd.conf");
  writeFileSync(file, CONFIG(folder.path));
  const url = `ldap://127.0.0.1:${await freePort()}`;
  // -d 0 keeps it in the foreground.
  const child = start("/usr/sbin/slapd", ["-d", "0", "-f", file, "-h", url]);
  await Promise.race([
    accepting(Number(new URL(url).port)),
    child.exited.then((code) => {
      throw new Error(`slapd ended with ${code}: ${child.lines.join("\n")}`);
    }),
  ]);
  const modify = (text: string): void => {
    const args = ["-x", "-H", url, "-D", BIND_DN, "-w", BIND_PASSWORD];
    execFileSync("ldapmodify", ["-a", ...args], { input: text, stdio: ["pipe", "ignore", "pipe"] });
  };
  modify(`dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n${ldif}`);
  return {
    url,
    bindDn: BIND_DN,
    bindPassword: BIND_PASSWORD,
    modify,
    async remove() {
      await child.stop();
      folder.remove();
    },
  };
}

/** A person's entry, as LDIF. */
export const person = (uid: string, lines: string[]): string =>
  [
    `dn: uid=${uid},${BASE}`,
    "objectClass: inetOrgPerson",
    "objectClass: mailUser",
    `uid: ${uid}`,
    `cn: ${uid}`,
    `sn: ${uid}`,
    ...lines,
    "",
    "",
  ].join("\n");
