import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mode } from "../modes.ts";
import { toolPath } from "../tools.ts";
import { firstLine, type MailProxy, ROUTE_PORT } from "./proxy.ts";

/** nginx's mail proxy with `extra` lines in its `mail` block. */
export function nginx(name: string, modes: readonly Mode[], extra: string): MailProxy {
  const module = "/usr/lib/nginx/modules/ngx_mail_module.so";
  return {
    name,
    plainPort: 21143,
    tlsPort: 21993,
    modes,
    tools: [
      { name: "nginx", aptPackage: "nginx" },
      { name: module, aptPackage: "libnginx-mod-mail" },
    ],
    prepare(workspace) {
      const file = join(workspace.directory, `${name}.conf`);
      const files = workspace.fileLimit - 100;
      writeFileSync(
        file,
        `load_module ${module};
daemon off;
worker_processes 1;
worker_rlimit_nofile ${files};
pid ${workspace.directory}/${name}.pid;
error_log stderr warn;
events {
  worker_connections ${files};
  multi_accept on;
}
mail {
  auth_http 127.0.0.1:${ROUTE_PORT}/auth;
  proxy_pass_error_message on;
  imap_capabilities IMAP4rev1 SASL-IR ID IDLE;
  imap_auth plain login;
  ssl_certificate ${workspace.certFile};
  ssl_certificate_key ${workspace.keyFile};
  ssl_protocols TLSv1.2 TLSv1.3;
  proxy_timeout 1h;
  timeout 10m;
  ${extra}
  server { listen 127.0.0.1:${this.plainPort} backlog=8192; protocol imap; }
  server { listen 127.0.0.1:${this.tlsPort} ssl backlog=8192; protocol imap; }
}
`,
      );
      return [toolPath("nginx"), "-e", "stderr", "-c", file];
    },
    version: () => firstLine("nginx", "-v").replace("nginx version: nginx/", "nginx "),
  };
}
