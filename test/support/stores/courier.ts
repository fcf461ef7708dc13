import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, start } from "../child.ts";
import { accepting, eventually } from "../wait.ts";
import { freePort, makeFolder } from "../workspace.ts";
import { type UnpackedStore, unpackedStore, whyNoStore } from "./unpacked.ts";

export interface Courier {
  imapPort: number;
  pop3Port: number;
  /** Ends the daemon that judges passwords; IMAP and POP3 are served on. */
  stopAuthentication(): Promise<void>;
  startAuthentication(): Promise<void>;
  remove(): Promise<void>;
}

export interface CourierUser {
  login: string;
  password: string;
}

/** As whom Courier reads mail: it refuses to as root, so it is told in a namespace that it is somebody else. */
const USER = 1000;

/**
 * Runs a program in a mount namespace in which folders of ours are /etc and /run, where Courier's paths are compiled in,
 * and in a user namespace in which it is an ordinary user. Needs no privileges.
 */
const ENTER = `mount --bind "$1/etc" /etc && mount --bind "$1/run" /run && shift &&
  exec unshare --user --map-user=${USER} --map-group=${USER} "$@"`;
const NAMESPACES = ["--map-root-user", "--mount", "sh", "-c", ENTER, "sh"];

/** Of the daemon that judges passwords, which reads some of them from its environment and some from its file. */
const AUTHENTICATION = {
  authmodulelist: "authuserdb",
  authmodulelistorig: "authuserdb",
  authdaemonvar: "/run/courier/authdaemon",
  daemons: "2",
  DEFAULTOPTIONS: "",
  DEBUG_LOGIN: "0",
  LOGGEROPTS: "",
};

/** Why Courier cannot run here; undefined if it can. */
export function whyNoCourier(): string | undefined {
  const missing = whyNoStore("courier");
  if (missing !== undefined) return missing;
  const folder = makeFolder("namespaces");
  for (const name of ["etc", "run"]) mkdirSync(join(folder.path, name));
  const { status, stderr } = spawnSync("unshare", [...NAMESPACES, folder.path, "true"], { encoding: "utf8" });
  folder.remove();
  return status === 0 ? undefined : `no namespaces: ${stderr.trim()}`;
}

/** A real Courier on free ports, in clear; each user finds one message. */
export async function startCourier(users: CourierUser[], mail: string): Promise<Courier> {
  const store = unpackedStore("courier");
  const folder = makeFolder("courier");
  const at = (file: string): string => join(folder.path, file);
  for (const path of ["etc/courier", "run/courier/authdaemon"]) mkdirSync(at(path), { recursive: true });
  for (const name of ["passwd", "group", "nsswitch.conf", "ld.so.cache"]) {
    if (existsSync(`/etc/${name}`)) copyFileSync(`/etc/${name}`, at(`etc/${name}`));
  }
  const settings = Object.entries(AUTHENTICATION).map(([name, value]) => `${name}="${value}"\n`);
  writeFileSync(at("etc/courier/authdaemonrc"), settings.join(""));
  for (const { login } of users) deliver(at(`mail/${login}`), mail);
  writeUsers(store, at, users);
  const enter = (command: string[]): Child => start("unshare", [...NAMESPACES, folder.path, ...command]);

  let authentication: Child;
  const startAuthentication = async (): Promise<void> => {
    authentication = enter(store.command("usr/lib/courier/courier-authlib/authdaemond", AUTHENTICATION));
    await authentication.line((line) => line.includes("Installation complete"));
    await eventually(() => existsSync(at("run/courier/authdaemon/socket")) || undefined, "Courier's socket");
  };
  const serve = (port: number, programs: string[]): Child =>
    enter([
      ...store.command("usr/sbin/couriertcpd", {
        PROTOCOL: "IMAP",
        IMAP_CAPABILITY: "IMAP4rev1 UIDPLUS NAMESPACE QUOTA IDLE AUTH=PLAIN",
        IMAP_EMPTYTRASH: "",
        POP3AUTH: "LOGIN PLAIN",
      }),
      ...["-address=127.0.0.1", "-nodnslookup", "-noidentlookup", "-maxperip=100"],
      ...[String(port), ...programs.map((program) => store.path(program)), "Maildir"],
    ]);

  const [imapPort, pop3Port] = [await freePort(), await freePort()];
  await startAuthentication();
  const servers = [
    serve(imapPort, ["usr/lib/courier/courier/imaplogin", "usr/bin/imapd"]),
    serve(pop3Port, ["usr/lib/courier/courier/courierpop3login", "usr/lib/courier/courier/courierpop3d"]),
  ];
  await Promise.all([accepting(imapPort), accepting(pop3Port)]);
  return {
    imapPort,
    pop3Port,
    startAuthentication,
    stopAuthentication: async () => void (await authentication.stop()),
    async remove() {
      await Promise.all([...servers, authentication].map((child) => child.stop()));
      folder.remove();
    },
  };
}

/** Writes Courier's two databases: where the mail is, and the passwords. */
function writeUsers(store: UnpackedStore, at: (file: string) => string, users: CourierUser[]): void {
  const databases = {
    userdb: users.map(
      ({ login }) =>
        `${login}\tuid=${USER}|gid=${USER}|home=${at(`mail/${login}`)}|mail=${at(`mail/${login}/Maildir`)}`,
    ),
    userdbshadow: users.map(({ login, password }) => `${login}\tsystempw=${crypted(password)}`),
  };
  const [program, ...args] = store.command("usr/lib/courier/courier-authlib/makedatprog");
  for (const [name, lines] of Object.entries(databases)) {
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", 'umask 077; exec "$@"', "sh", program, ...args, "-", at("tmp"), at(`etc/courier/${name}.dat`)],
      { input: `${lines.join("\n")}\n.\n`, encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`makedatprog: ${stderr}`);
  }
}

const crypted = (password: string): string =>
  spawnSync("openssl", ["passwd", "-6", "-stdin"], { input: password, encoding: "utf8" }).stdout.trim();

function deliver(home: string, mail: string): void {
  for (const part of ["cur", "new", "tmp"]) mkdirSync(join(home, "Maildir", part), { recursive: true });
  writeFileSync(join(home, "Maildir/cur/1.mmp:2,"), `From: a@example.com\nSubject: Hello\n\n${mail}\n`);
}
