import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Attribute, Change } from "ldapts";
import { type Child, start } from "./child.ts";
import { accepting } from "./wait.ts";
import { freePort, makeFolder } from "./workspace.ts";

export interface Slapd {
  url: string;
  /** Over TLS; only with `tls`. */
  ldapsUrl: string;
  bindDn: string;
  bindPassword: string;
  /** Changes entries as LDIF says: change records, or new entries. Waits for the end, and so does all else. */
  modify(ldif: string): void;
  /** Ends; the database stays. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts again on the same ports, with other options where they are given. */
  start(options?: SlapdOptions): Promise<void>;
  remove(): Promise<void>;
}

export interface SlapdOptions {
  /** Writes that the session log of syncprov remembers; 0: no log; "none": no syncprov, so no RFC 4533. */
  sessionLog?: number | "none";
  tls?: { certFile: string; keyFile: string; caFile: string };
  /** Further lines of the configuration: global, and of the database. */
  global?: string[];
  database?: string[];
  /** ID of the server, from 1: changes that it makes bear it. */
  serverId?: number;
  /** The provider whose changes it takes over; it must not be one of several that take changes, unless `mirrors`. */
  provider?: Slapd;
  /** Takes changes itself, beside its provider. */
  mirrors?: boolean;
}

export const BASE = "dc=example,dc=com";
const BIND_DN = `cn=admin,${BASE}`;
const BIND_PASSWORD = "directory secret";

/** Attributes of mail users, as the old schema of messaging servers names them. */
const ATTRIBUTES = [
  "mailHost",
  "mailAlternateAddress",
  "mailAllowedServiceAccess",
  "inetUserStatus",
  "mailStoreOverride",
];

const SCHEMA = [
  ...["core", "cosine", "inetorgperson"].map((name) => `include /etc/ldap/schema/${name}.schema`),
  ...ATTRIBUTES.map(
    (name, index) =>
      `attributetype ( 1.3.6.1.4.1.99999.1.${index + 1} NAME '${name}' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )`,
  ),
  // Two of Active Directory's own.
  "attributetype ( 1.2.840.113556.1.2.120 NAME 'uSNChanged' EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
  "attributetype ( 1.2.840.113556.1.4.1983 NAME 'supportedCapabilities' SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 )",
  `objectclass ( 1.3.6.1.4.1.99999.2.1 NAME 'mailUser' AUXILIARY MAY ( ${[...ATTRIBUTES, "uSNChanged"].join(" $ ")} ) )`,
];

function configText(
  folder: string,
  { sessionLog = 1000, tls, global = [], database = [], serverId, provider, mirrors = false }: SlapdOptions,
): string {
  const syncprov = sessionLog === "none" ? [] : ["overlay syncprov", `syncprov-sessionlog ${sessionLog}`];
  return [
    ...SCHEMA,
    `pidfile ${folder}/slapd.pid`,
    "modulepath /usr/lib/ldap",
    "moduleload back_mdb",
    "moduleload syncprov",
    "sizelimit 500",
    ...(tls === undefined
      ? []
      : [
          `TLSCertificateFile ${tls.certFile}`,
          `TLSCertificateKeyFile ${tls.keyFile}`,
          `TLSCACertificateFile ${tls.caFile}`,
        ]),
    ...(serverId === undefined ? [] : [`serverID ${serverId}`]),
    ...global,
    "database mdb",
    "maxsize 1073741824",
    // A test's directory need not survive the machine.
    "dbnosync",
    `suffix "${BASE}"`,
    `rootdn "${BIND_DN}"`,
    `rootpw "${BIND_PASSWORD}"`,
    `directory ${folder}/db`,
    "index objectClass,entryCSN,entryUUID,uid eq",
    ...database,
    ...(provider === undefined ? [] : [consumes(provider)]),
    ...(mirrors ? ["mirrormode on"] : []),
    ...syncprov,
    "",
  ].join("\n");
}

/** The directive of a consumer (slapd.conf(5), syncrepl). */
const consumes = ({ url }: Slapd): string =>
  `syncrepl rid=001 provider=${url} type=refreshAndPersist retry="1 +" searchbase="${BASE}" bindmethod=simple binddn="${BIND_DN}" credentials="${BIND_PASSWORD}"`;

/** A real slapd on free ports, with the base entry and `ldif` in it. */
export async function startSlapd(ldif: string, options: SlapdOptions = {}): Promise<Slapd> {
  const folder = makeFolder("slapd");
  chmodSync(folder.path, 0o755);
  mkdirSync(join(folder.path, "db"));
  const file = join(folder.path, "slapd.conf");
  const url = `ldap://127.0.0.1:${await freePort()}`;
  const ldapsUrl = `ldaps://127.0.0.1:${await freePort()}`;
  let current = options;
  let child: Child | undefined;

  const begin = async (): Promise<void> => {
    writeFileSync(file, configText(folder.path, current));
    const urls = current.tls === undefined ? url : `${url} ${ldapsUrl}`;
    // -d 0 keeps it in the foreground.
    const started = start("/usr/sbin/slapd", ["-d", "0", "-f", file, "-h", urls]);
    child = started;
    await Promise.race([
      accepting(Number(new URL(url).port)),
      started.exited.then((code) => {
        throw new Error(`slapd ended with ${code}: ${started.lines.join("\n")}`);
      }),
    ]);
  };
  const modify = (text: string): void => {
    const args = ["-x", "-H", url, "-D", BIND_DN, "-w", BIND_PASSWORD];
    execFileSync("ldapmodify", ["-a", ...args], { input: text, stdio: ["pipe", "ignore", "pipe"] });
  };
  await begin();
  // A replica takes all from its provider.
  if (options.provider === undefined) {
    modify(
      `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n${ldif}`,
    );
  }
  return {
    url,
    ldapsUrl,
    bindDn: BIND_DN,
    bindPassword: BIND_PASSWORD,
    modify,
    async stop(signal) {
      await child?.stop(signal);
    },
    async start(next = current) {
      current = next;
      await begin();
    },
    async remove() {
      await child?.stop();
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

/** A modification that gives an attribute other values (RFC 4511, section 4.6). */
export const replacing = (type: string, ...values: string[]): Change =>
  new Change({ operation: "replace", modification: new Attribute({ type, values }) });
