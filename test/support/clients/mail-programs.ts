import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../child.ts";
import { makeFolder } from "../workspace.ts";

/** A mailbox as a mail program is told of it. */
export interface Account {
  login: string;
  password: string;
  /** Of the edge, by TLS from the first byte. */
  imapsPort: number;
  pop3sPort: number;
  caFile: string;
}

/** What a program has said, and the mail that it has fetched. */
export interface Fetched {
  code: number | string;
  output: string;
  mail: string;
}

/** Writes a program's files, runs it, and gathers what it has put into its folder's `mail`. */
async function fetched(
  name: string,
  account: Account,
  files: Record<string, string>,
  command: (path: (file: string) => string) => string[],
): Promise<Fetched> {
  const folder = makeFolder(name);
  const path = (file: string): string => join(folder.path, file);
  for (const part of ["mail", "mail/cur", "mail/new", "mail/tmp"]) mkdirSync(path(part));
  const all = { password: account.password, ...files };
  for (const [file, text] of Object.entries(all)) {
    writeFileSync(path(file), text.replaceAll("FOLDER", folder.path), { mode: 0o600 });
  }
  const [program = "", ...args] = command(path);
  const { code, output } = await run("env", [`HOME=${folder.path}`, "TERM=xterm", program, ...args]);
  const mail = readdirSync(path("mail"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("");
  folder.remove();
  return { code, output, mail };
}

/** Programs that fetch an account's mail, each by its own way to log in. */
export const MAIL_PROGRAMS: Record<string, (account: Account) => Promise<Fetched>> = {
  mpop: (account) => mpop(account, "user"),
  "mpop by SCRAM": (account) => mpop(account, "scram-sha-256"),
  neomutt: (account) => {
    const config = `set certificate_file = ${account.caFile}
set imap_authenticators = plain
set imap_user = "${account.login}"
set imap_pass = '${account.password}'
set folder = FOLDER/mail
set mbox_type = Maildir
set quit = yes copy = no confirmappend = no confirmcreate = no wait_key = no
push "<copy-message>FOLDER/mail<enter><quit>"
`;
    // It wants a terminal, and its exit code says nothing of failures.
    const command = (path: (file: string) => string): string =>
      `neomutt -n -F ${path("config")} -f imaps://localhost:${account.imapsPort}/INBOX && ls ${path("mail")}/*/*`;
    const terminal = ["script", "--quiet", "--return", "--command"];
    return fetched("neomutt", account, { config }, (path) => [...terminal, command(path), "/dev/null"]);
  },
  "getmail by IMAP": (account) => getmail(account, "SimpleIMAPSSLRetriever", account.imapsPort),
  "getmail by POP3": (account) => getmail(account, "SimplePOP3SSLRetriever", account.pop3sPort),
  mbsync: (account) => {
    const config = `IMAPAccount edge
Host localhost
Port ${account.imapsPort}
User ${account.login}
PassCmd "cat FOLDER/password"
SSLType IMAPS
CertificateFile ${account.caFile}

IMAPStore far
Account edge

MaildirStore near
Inbox FOLDER/mail

Channel all
Far :far:
Near :near:
`;
    return fetched("mbsync", account, { config }, (path) => ["mbsync", "-c", path("config"), "all"]);
  },
  offlineimap: (account) => {
    const config = `[general]
metadata = FOLDER/state
accounts = edge
ui = basic
[Account edge]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = FOLDER/mail
[Repository far]
type = IMAP
ssl = yes
remotehost = localhost
remoteport = ${account.imapsPort}
remoteuser = ${account.login}
remotepassfile = FOLDER/password
sslcacertfile = ${account.caFile}
`;
    return fetched("offlineimap", account, { config }, (path) => ["offlineimap", "-o", "-c", path("config")]);
  },
};

function mpop(account: Account, mechanism: string): Promise<Fetched> {
  const config = `account default
host localhost
port ${account.pop3sPort}
tls on
tls_starttls off
tls_trust_file ${account.caFile}
auth ${mechanism}
user ${account.login}
passwordeval cat FOLDER/password
uidls_file FOLDER/uidls
keep on
delivery maildir FOLDER/mail
`;
  return fetched("mpop", account, { config }, (path) => ["mpop", "-C", path("config")]);
}

function getmail(account: Account, type: string, port: number): Promise<Fetched> {
  const config = `[retriever]
type = ${type}
server = localhost
port = ${port}
username = ${account.login}
password_command = ("cat", "FOLDER/password")
ca_certs = ${account.caFile}
[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat > FOLDER/mail/new/1")
allow_root_commands = true
[options]
delete = false
`;
  return fetched("getmail", account, { config }, (path) => [
    "getmail",
    `--getmaildir=${path("")}`,
    `--rcfile=${path("config")}`,
  ]);
}
