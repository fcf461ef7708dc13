import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MODES } from "../modes.ts";
import { toolPath } from "../tools.ts";
import { USERS } from "../users.ts";
import { firstLine, type MailProxy, STORE_PORT } from "./proxy.ts";

/**
 * Dovecot's proxy, which knows every user's store from a file. It runs as Dovecot advises for many clients:
 * one login process serves them all. Its master, authentication and other processes count too.
 */
export function dovecot(): MailProxy {
  return {
    name: "dovecot",
    plainPort: 23143,
    tlsPort: 23993,
    modes: MODES,
    tools: [{ name: "dovecot", aptPackage: "dovecot-imapd" }],
    optional: true,
    prepare(workspace) {
      const folder = join(workspace.directory, "dovecot");
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o755);
      const clients = Math.floor(workspace.fileLimit / 2) - 100;
      const target = `proxy=y host=127.0.0.1 port=${STORE_PORT} nopassword=y`;
      writeFileSync(join(folder, "users"), USERS.map(({ login }) => `${login}:::::::${target}\n`).join(""));
      const file = join(folder, "dovecot.conf");
      writeFileSync(
        file,
        `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${workspace.certFile}
ssl_key = <${workspace.keyFile}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
default_client_limit = ${2 * clients}
default_vsz_limit = 0
passdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}
service imap-login {
  service_count = 0
  client_limit = ${clients}
  process_min_avail = 1
  process_limit = 1
  inet_listener imap {
    port = ${this.plainPort}
  }
  inet_listener imaps {
    port = ${this.tlsPort}
    ssl = yes
  }
}
`,
      );
      return { command: [toolPath("dovecot"), "-F", "-c", file], beside: [] };
    },
    version: () => firstLine("dovecot", "--version").replace(/^(\S+).*/, "Dovecot $1"),
  };
}
