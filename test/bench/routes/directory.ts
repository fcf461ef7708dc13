import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "../../support/child.ts";
import { accepting } from "../../support/wait.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";
import { ADMIN_DN, BASE, writePeople } from "./people.ts";

/** A slapd with people in it, which tells its changes by RFC 4533. */
export interface BenchDirectory {
  url: string;
  password: string;
  remove(): Promise<void>;
}

const PASSWORD = "bench";

const CONFIG = (folder: string): string => `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.99999.1.1 NAME 'mailHost' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
attributetype ( 1.3.6.1.4.1.99999.1.2 NAME 'mailAlternateAddress' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
attributetype ( 1.3.6.1.4.1.99999.1.3 NAME 'mailUserStatus' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
objectclass ( 1.3.6.1.4.1.99999.2.1 NAME 'mailUser' AUXILIARY MAY ( mailHost $ mailAlternateAddress $ mailUserStatus ) )
pidfile ${folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
sizelimit unlimited
database mdb
maxsize 17179869184
suffix "${BASE}"
rootdn "${ADMIN_DN}"
rootpw "${PASSWORD}"
directory ${folder}/db
dbnosync
index objectClass,entryUUID,entryCSN eq
overlay syncprov
syncprov-sessionlog 10000
`;

/** Loads `count` people (slapadd), and starts slapd. */
export async function startBenchDirectory(count: number, stores: readonly string[]): Promise<BenchDirectory> {
  const folder = makeFolder("bench-slapd");
  chmodSync(folder.path, 0o755);
  mkdirSync(join(folder.path, "db"));
  const file = join(folder.path, "slapd.conf");
  writeFileSync(file, CONFIG(folder.path));
  const ldif = join(folder.path, "people.ldif");
  await writePeople(ldif, count, stores);
  execFileSync("/usr/sbin/slapadd", ["-q", "-w", "-f", file, "-l", ldif], { stdio: "pipe" });
  const url = `ldap://127.0.0.1:${await freePort()}`;
  const child = start("/usr/sbin/slapd", ["-d", "0", "-f", file, "-h", url]);
  await accepting(Number(new URL(url).port));
  return {
    url,
    password: PASSWORD,
    async remove() {
      await child.stop();
      folder.remove();
    },
  };
}
