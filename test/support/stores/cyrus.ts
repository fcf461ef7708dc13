import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { run, start } from "../child.ts";
import { lineClient } from "../clients/line-client.ts";
import { accepting } from "../wait.ts";
import { freePort, makeFolder } from "../workspace.ts";
import { unpackedStore } from "./unpacked.ts";

export interface Cyrus {
  imapPort: number;
  pop3Port: number;
  /** Keeps a user out, with a message for them. */
  deny(login: string, message: string): Promise<void>;
  remove(): Promise<void>;
}

export interface CyrusUser {
  login: string;
  password: string;
}

/** A real Cyrus on free ports, in clear, that lets every user have `sessions` in each protocol; each user finds one message. */
export async function startCyrus(users: CyrusUser[], sessions: number, mail: string): Promise<Cyrus> {
  const store = unpackedStore("cyrus");
  const folder = makeFolder("cyrus");
  const at = (file: string): string => join(folder.path, file);
  const isRoot = process.getuid?.() === 0;
  const [imapPort, pop3Port] = [await freePort(), await freePort()];
  chmodSync(folder.path, 0o755);
  writeFileSync(
    at("imapd.conf"),
    `configdirectory: ${at("conf")}
partition-default: ${at("spool")}
defaultpartition: default
cyrus_user: ${isRoot ? "nobody" : userInfo().username}
virtdomains: userid
unixhierarchysep: yes
autocreate_quota: 0
sasl_mech_list: PLAIN LOGIN SCRAM-SHA-256
failedloginpause: 0
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: ${at("sasldb2")}
allowplaintext: yes
maxlogins_per_user: ${sessions}
`,
  );
  const service = (program: string, port: number): string =>
    `cmd="${store.path(`usr/lib/cyrus/bin/${program}`)} -C ${at("imapd.conf")}" listen="127.0.0.1:${port}"`;
  writeFileSync(
    at("cyrus.conf"),
    `START {
  recover cmd="${store.path("usr/lib/cyrus/bin/ctl_cyrusdb")} -C ${at("imapd.conf")} -r"
}
SERVICES {
  imap ${service("imapd", imapPort)}
  pop3 ${service("pop3d", pop3Port)}
}
`,
  );
  const folders = ["conf/db", "conf/proc", "conf/socket", "conf/log", "spool"].map(at);
  await checked("mkdir", ["-p", ...folders]);
  for (const user of users) addUser(store.command("usr/sbin/saslpasswd2"), at("sasldb2"), user);
  if (isRoot) await checked("chown", ["-R", "nobody", folder.path]);
  // On SIGTERM the master signals its whole process group: it gets one of its own.
  const [program, ...args] = store.command("usr/lib/cyrus/bin/master");
  const options = ["-D", "-C", at("imapd.conf"), "-M", at("cyrus.conf"), "-p", at("pid")];
  const child = start("setsid", [program, ...args, ...options]);
  await Promise.race([
    Promise.all([accepting(imapPort), accepting(pop3Port)]),
    child.exited.then((code) => {
      throw new Error(`cyrus ended with ${code}: ${child.lines.join("\n")}`);
    }),
  ]);
  for (const user of users) await append(imapPort, user, mail);
  return {
    imapPort,
    pop3Port,
    async deny(login, message) {
      const asUser = isRoot ? ["setpriv", "--reuid=nobody", "--clear-groups"] : [];
      const [command = "", ...more] = [
        ...asUser,
        ...store.command("usr/lib/cyrus/bin/cyr_deny"),
        ...["-C", at("imapd.conf"), "-m", message, login],
      ];
      await checked(command, more);
    },
    async remove() {
      await child.stop();
      folder.remove();
    },
  };
}

function addUser([program, ...args]: [string, ...string[]], database: string, user: CyrusUser): void {
  const [name = "", domain = ""] = user.login.split("@");
  const { status, stderr } = spawnSync(program, [...args, "-c", "-p", "-f", database, "-u", domain, name], {
    input: user.password,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`saslpasswd2: ${stderr}`);
}

async function append(port: number, { login, password }: CyrusUser, mail: string): Promise<void> {
  const client = await lineClient(port);
  const message = `From: a@example.com\r\nSubject: Hello\r\n\r\n${mail}\r\n`;
  const literal = (text: string): string => `{${Buffer.byteLength(text)}+}\r\n${text}`;
  client.send(`a LOGIN ${literal(login)} ${literal(password)}\r\n`);
  await client.until(/^a OK.*\r\n/m);
  client.send(`b APPEND INBOX ${literal(message)}\r\n`);
  await client.until(/^b OK.*\r\n/m);
  client.send("c LOGOUT\r\n");
  await client.closed();
}

async function checked(command: string, args: string[]): Promise<void> {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${output}`);
}
