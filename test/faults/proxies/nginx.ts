import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launched } from "./launched.ts";
import type { MailProxy, Surroundings } from "./proxy.ts";

const MODULE = "/usr/lib/nginx/modules/ngx_mail_module.so";

export const isThere = (): boolean => existsSync("/usr/sbin/nginx") && existsSync(MODULE);

/** nginx's mail proxy, with as many workers as the edge; its time limits are its own. */
export function nginx({ folder, logFile, certFile, keyFile, api }: Surroundings): Promise<MailProxy> {
  const file = join(folder, "nginx.conf");
  return launched({
    name: "nginx",
    logFile,
    command: () => ["/usr/sbin/nginx", "-e", logFile, "-c", file],
    write({ plain, tls }, isRight) {
      const right = `load_module ${MODULE};
daemon off;
user root;
worker_processes 2;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log ${logFile} notice;
events {
  worker_connections 16384;
}
mail {
  auth_http 127.0.0.1:${api.port}/auth;
  proxy_pass_error_message on;
  imap_capabilities IMAP4rev1 SASL-IR ID IDLE;
  imap_auth plain login;
  ssl_certificate ${certFile};
  ssl_certificate_key ${keyFile};
  proxy_timeout 1h;
  timeout 10m;
  server { listen 127.0.0.1:${plain}; protocol imap; }
  server { listen 127.0.0.1:${tls} ssl; protocol imap; }
}
`;
      writeFileSync(file, isRight ? right : "mail {\n  server { listen nowhere }\n");
    },
    refused: /\[emerg\]/,
    taken: /start worker processes/,
  });
}
