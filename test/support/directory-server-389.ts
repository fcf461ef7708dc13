import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, start } from "./child.ts";
import { BASE, type Slapd } from "./slapd.ts";
import { unpackedStore, whyNoStore } from "./stores/unpacked.ts";
import { accepting } from "./wait.ts";
import { freePort, makeFolder } from "./workspace.ts";

/** A 389 Directory Server, as far as it is like a slapd of ours. */
export type DirectoryServer389 = Pick<Slapd, "url" | "bindDn" | "bindPassword" | "modify" | "remove">;

const BIND_DN = "cn=Directory Manager";
const BIND_PASSWORD = "directory secret";

/** Runs a program in a mount namespace in which the unpacked files lie over /usr, for their paths are compiled in. Needs root, as the server does. */
const ENTER = `mount -t overlay overlay -o "lowerdir=$1/usr:/usr" /usr && shift && exec "$@"`;
const NAMESPACES = ["--mount", "sh", "-c", ENTER, "sh"];

/** Why 389 Directory Server cannot run here; undefined if it can. */
export function whyNo389(): string | undefined {
  const missing = whyNoStore("389-ds");
  if (missing !== undefined) return missing;
  const { status, stderr } = spawnSync("unshare", [...NAMESPACES, unpackedStore("389-ds").path(""), "true"], {
    encoding: "utf8",
  });
  return status === 0 ? undefined : `no namespaces: ${stderr.trim()}`;
}

/** A real 389 Directory Server on a free port, with syncrepl as docs/directory.md sets it up, the base entry and `ldif`. */
export async function start389(ldif: string): Promise<DirectoryServer389> {
  const server = unpackedStore("389-ds");
  const folder = makeFolder("389-ds");
  const port = await freePort();
  const url = `ldap://127.0.0.1:${port}`;
  for (const name of ["config/schema", ...FOLDERS]) mkdirSync(join(folder.path, name), { recursive: true });
  for (const name of ["config/slapd-collations.conf", "schema/99user.ldif"]) {
    const target = name.startsWith("config") ? name : `config/${name}`;
    writeFileSync(join(folder.path, target), readFileSync(server.path(`etc/dirsrv/${name}`)));
  }
  const template = readFileSync(server.path("usr/share/dirsrv/data/template-dse.ldif"), "utf8");
  writeFileSync(join(folder.path, "config/dse.ldif"), dse(template, folder.path, port));

  const command = ["/usr/sbin/ns-slapd", "-D", join(folder.path, "config"), "-d", "0"];
  const child: Child = start("unshare", [...NAMESPACES, server.path(""), ...command]);
  await Promise.race([
    accepting(port),
    child.exited.then((code) => {
      throw new Error(`ns-slapd ended with ${code}: ${child.lines.join("\n")}`);
    }),
  ]);
  const modify = (text: string): void => {
    const args = ["-x", "-H", url, "-D", BIND_DN, "-w", BIND_PASSWORD];
    execFileSync("ldapmodify", ["-a", ...args], { input: text, stdio: ["pipe", "ignore", "pipe"] });
  };
  modify(`${BACKEND}\n\n${ROOT}\n\n${ldif}`);
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

const FOLDERS = ["lock", "tmp", "cert", "ldif", "bak", "run", "log", "db"];

/** The server's configuration: its template, filled in, with the plug-ins of syncrepl turned on. */
function dse(template: string, folder: string, port: number): string {
  const values: Record<string, string> = {
    ...Object.fromEntries(FOLDERS.map((name) => [`${name}_dir`, join(folder, name)])),
    schema_dir: join(folder, "config/schema"),
    config_dir: join(folder, "config"),
    inst_dir: folder,
    db_home_dir: join(folder, "db"),
    db_lib: "bdb",
    ds_port: String(port),
    ds_user: "root",
    ds_passwd: BIND_PASSWORD,
    ds_suffix: BASE,
    rootdn: BIND_DN,
    fqdn: "localhost",
    ldapi: join(folder, "run/ldapi"),
    ldapi_autobind: "off",
    ldapi_enabled: "off",
  };
  return template
    .replace(/%(\w+)%/g, (_, name: string) => values[name] ?? "")
    .replace(/^nsslapd-rootpw:/m, "nsslapd-rootpwstoragescheme: CLEAR\n$&")
    .split("\n\n")
    .map((entry) => withSyncrepl(entry))
    .join("\n\n");
}

function withSyncrepl(entry: string): string {
  const on = entry.replace(/^(nsslapd-pluginenabled:).*/im, "$1 on");
  if (entry.includes("cn: Retro Changelog Plugin"))
    return `${on}\nnsslapd-attribute: nsuniqueid:targetUniqueId`;
  return entry.includes("cn: Content Synchronization") ? on : entry;
}

const BACKEND = [
  "dn: cn=userRoot,cn=ldbm database,cn=plugins,cn=config",
  "objectClass: extensibleObject",
  "objectClass: nsBackendInstance",
  "cn: userRoot",
  `nsslapd-suffix: ${BASE}`,
  "",
  `dn: cn="${BASE}",cn=mapping tree,cn=config`,
  "objectClass: extensibleObject",
  "objectClass: nsMappingTree",
  `cn: ${BASE}`,
  "nsslapd-state: backend",
  "nsslapd-backend: userRoot",
].join("\n");

const ROOT = `dn: ${BASE}\nobjectClass: domain\ndc: example`;

/** A mail user's entry in the server's own schema, as LDIF. */
export const mailRecipient = (uid: string, lines: string[]): string =>
  [
    `dn: uid=${uid},${BASE}`,
    "objectClass: inetOrgPerson",
    "objectClass: mailRecipient",
    `uid: ${uid}`,
    `cn: ${uid}`,
    `sn: ${uid}`,
    ...lines,
    "",
    "",
  ].join("\n");
