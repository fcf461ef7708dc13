import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { type Child, start } from "../child.ts";
import { killTree } from "../process-tree.ts";
import { accepting } from "../wait.ts";
import { freePort, makeFolder } from "../workspace.ts";

export interface Dovecot {
  /** What it wrote to its log so far. */
  log(): string;
  imapPort: number;
  pop3Port: number;
  /** Ends the store; its ports stay its own for `restart`. */
  stop(): Promise<void>;
  /** Ends all of its processes at once, as a crash of its machine does. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  remove(): Promise<void>;
}

export interface DovecotUser {
  login: string;
  password: string;
}

/** More settings, and ports behind a PROXY header; 0 for none. */
export interface DovecotExtras {
  settings: string;
  imapPort: number;
  imapsPort: number;
  pop3Port: number;
}

const proxied = (name: string, port: number, ssl: boolean): string =>
  `inet_listener ${name} {\n port = ${port}\n haproxy = yes\n ssl = ${ssl ? "yes" : "no"}\n }`;

/** nobody and nogroup of Debian: whom Dovecot reads mail as when root starts it. */
const NOBODY = 65_534;

/** A real Dovecot on free ports, plain or by STARTTLS, that slows no wrong password down; each user finds one message, which names user and store. */
export async function startDovecot(
  name: string,
  users: DovecotUser[],
  tls: { certFile: string; keyFile: string },
  more: DovecotExtras = { settings: "", imapPort: 0, imapsPort: 0, pop3Port: 0 },
): Promise<Dovecot> {
  const folder = makeFolder(name);
  const root = process.getuid?.() === 0;
  const me = userInfo();
  const [imapPort, pop3Port] = [await freePort(), await freePort()];
  chmodSync(folder.path, 0o755);
  for (const { login } of users) deliver(folder.path, login, name, root ? NOBODY : me.uid);
  const passwords = users.map(({ login, password }) => `${login}:{PLAIN}${password}`);
  writeFileSync(join(folder.path, "users"), `${passwords.join("\n")}\n`);
  const file = join(folder.path, "dovecot.conf");
  const loginUsers = root
    ? ""
    : `default_internal_user = ${me.username}\ndefault_login_user = ${me.username}`;
  writeFileSync(
    file,
    `
base_dir = ${folder.path}/run
state_dir = ${folder.path}/state
log_path = ${folder.path}/log
protocols = imap pop3
listen = 127.0.0.1
${loginUsers}
default_internal_group = ${root ? "dovecot" : me.gid}
ssl = yes
ssl_cert = <${tls.certFile}
ssl_key = <${tls.keyFile}
disable_plaintext_auth = no
auth_mechanisms = plain login scram-sha-1 scram-sha-256
auth_failure_delay = 0
first_valid_uid = 1
mail_max_userip_connections = 1000
mail_location = maildir:~/Maildir
passdb {
  driver = passwd-file
  args = username_format=%u ${folder.path}/users
}
userdb {
  driver = static
  args = uid=${root ? NOBODY : me.uid} gid=${root ? NOBODY : me.gid} home=${folder.path}/mail/%u
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  ${root ? "" : "chroot ="}
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
  ${proxied("imap_proxied", more.imapPort, false)}
  ${proxied("imaps_proxied", more.imapsPort, true)}
}
service pop3-login {
  ${root ? "" : "chroot ="}
  inet_listener pop3 {
    port = ${pop3Port}
  }
  inet_listener pop3s {
    port = 0
  }
  ${proxied("pop3_proxied", more.pop3Port, false)}
}
${more.settings}
`,
  );
  let child: Child;
  const run = async (): Promise<void> => {
    child = start("/usr/sbin/dovecot", ["-F", "-c", file]);
    await Promise.race([
      Promise.all([accepting(imapPort), accepting(pop3Port)]),
      child.exited.then((code) => {
        throw new Error(`dovecot ended with ${code}: ${child.lines.join("\n")}`);
      }),
    ]);
  };
  await run();
  const stop = async (): Promise<void> => void (await child.stop());
  return {
    log: () => readFileSync(join(folder.path, "log"), "utf8"),
    imapPort,
    pop3Port,
    stop,
    async kill() {
      killTree(child.pid);
      await child.exited;
    },
    restart: run,
    async remove() {
      await stop();
      folder.remove();
    },
  };
}

/** What a user's message says, so that a test sees whose mailbox on which store it reads. */
export const mailText = (login: string, store: string): string => `Mail of ${login} on ${store}.`;

function deliver(folder: string, login: string, store: string, owner: number): void {
  const home = join(folder, "mail", login);
  const folders = [join(folder, "mail"), home, join(home, "Maildir")];
  for (const part of ["cur", "new", "tmp"]) folders.push(join(home, "Maildir", part));
  for (const path of folders) {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    chownSync(path, owner, owner);
  }
  const message = join(home, "Maildir", "cur", "1.mmp:2,");
  writeFileSync(message, `From: a@example.com\nSubject: Hello\n\n${mailText(login, store)}\n`);
  chownSync(message, owner, owner);
}
