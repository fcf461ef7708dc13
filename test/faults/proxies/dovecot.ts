import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launched } from "./launched.ts";
import type { MailProxy, Surroundings } from "./proxy.ts";

/** Dovecot's proxy, which knows every user's store from a file; its processes serve many clients each, as it advises for proxies. */
export function dovecotProxy({
  folder,
  logFile,
  certFile,
  keyFile,
  stores,
  logins,
}: Surroundings): Promise<MailProxy> {
  const own = join(folder, "dovecot-proxy");
  mkdirSync(own);
  chmodSync(own, 0o755);
  chmodSync(folder, 0o755);
  writeFileSync(
    join(own, "users"),
    logins
      .map(
        ({ login, store }) =>
          `${login}:::::::proxy=y host=127.0.0.1 port=${stores[store].port} nopassword=y\n`,
      )
      .join(""),
  );
  const file = join(own, "dovecot.conf");
  return launched({
    name: "dovecot",
    logFile,
    command: () => ["/usr/sbin/dovecot", "-F", "-c", file],
    write({ plain, tls }, isRight) {
      const right = `
base_dir = ${own}/run
state_dir = ${own}/state
log_path = ${logFile}
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${certFile}
ssl_key = <${keyFile}
disable_plaintext_auth = no
auth_failure_delay = 0
default_client_limit = 20000
passdb {
  driver = passwd-file
  args = username_format=%u ${own}/users
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=/tmp
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  service_count = 0
  process_min_avail = 2
  process_limit = 2
  inet_listener imap {
    port = ${plain}
  }
  inet_listener imaps {
    port = ${tls}
    ssl = yes
  }
}
`;
      writeFileSync(file, isRight ? right : `${right}nonsense {\n`);
    },
    workers: (pids) =>
      pids.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("imap-login")),
    refused: /Error|Fatal/,
    taken: /SIGHUP received/,
  });
}
