import { execFileSync } from "node:child_process";
import { realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { compiled } from "./compiled.ts";
import { MODES, type Mode } from "./modes.ts";
import type { Revision } from "./revision.ts";
import { type Tool, toolPath } from "./tools.ts";
import { PROJECT, type Workspace } from "./workspace.ts";

export const STORE_PORT = 10143;
export const ROUTE_PORT = 18080;
/** The mail host that the route server names, and the edge's configuration knows. */
export const STORE_NAME = "store";

/** A proxy that can be measured. */
export interface MailProxy {
  name: string;
  plainPort: number;
  tlsPort: number;
  /** The modes in which its figures differ from its sibling's, or are compared with. */
  modes: readonly Mode[];
  tools: readonly Tool[];
  /** Writes its configuration into the workspace. Returns the command that runs it in the foreground. */
  prepare(workspace: Workspace): string[];
  version(): string;
}

const CHURN = MODES.filter((mode) => mode.startsWith("churn"));
const PLAIN_LOGINS = ["churn-plain", "cold-plain"] as const;
const BULK = MODES.filter((mode) => mode.startsWith("bulk"));

export const PROXIES: readonly MailProxy[] = [
  nginx("nginx", MODES, ""),
  nginx("nginx-16k", BULK, "proxy_buffer 16k;"),
  haproxy(),
  edge("edge", MODES, PROJECT, {}),
  // What the image and the packages run.
  compiled(edge("edge", MODES, PROJECT, {}), "edge-binary", PLAIN_LOGINS),
  // nginx asks its auth server at every login, the edge's cache hardly ever: this is the same work.
  edge("edge-nocache", CHURN, PROJECT, { freshSeconds: 0, staleSeconds: 0 }),
];

/** The edge of another revision, as this one is measured. */
export const edgeOf = ({ name, project }: Revision): MailProxy => edge(name, MODES, project, {});

function nginx(name: string, modes: readonly Mode[], extra: string): MailProxy {
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

/** HAProxy knows no mail: it relays every connection to the one store, without a look at the login. */
function haproxy(): MailProxy {
  return {
    name: "haproxy",
    plainPort: 25143,
    tlsPort: 25993,
    modes: MODES,
    tools: [{ name: "haproxy", aptPackage: "haproxy" }],
    prepare(workspace) {
      const file = join(workspace.directory, "haproxy.conf");
      writeFileSync(
        file,
        `global
  nbthread 1
  maxconn ${Math.floor((workspace.fileLimit - 200) / 2)}
  ulimit-n ${workspace.fileLimit - 100}
defaults
  mode tcp
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen plain
  bind 127.0.0.1:${this.plainPort} backlog 8192
  server store 127.0.0.1:${STORE_PORT}
listen tls
  bind 127.0.0.1:${this.tlsPort} ssl crt ${workspace.pemFile} backlog 8192
  server store 127.0.0.1:${STORE_PORT}
`,
      );
      return [toolPath("haproxy"), "-db", "-f", file];
    },
    version: () => firstLine("haproxy", "-v").replace(/^HAProxy version (\S+).*/, "HAProxy $1"),
  };
}

function edge(
  name: string,
  modes: readonly Mode[],
  project: string,
  routeCache: { freshSeconds?: number; staleSeconds?: number },
): MailProxy {
  const bun = join(PROJECT, "node_modules/.bin/bun");
  return {
    name,
    plainPort: 26143,
    tlsPort: 26993,
    modes,
    tools: [],
    prepare(workspace) {
      const tokenFile = join(workspace.directory, "edge-token");
      const ldif = join(workspace.directory, "users.ldif");
      writeFileSync(tokenFile, "bench\n", { mode: 0o600 });
      writeFileSync(ldif, "version: 1\n");
      const listener = { protocol: "imap", address: "127.0.0.1" };
      const configuration = {
        routeStore: { sqlite: join(workspace.directory, "routes.db") },
        directory: { ldif },
        routeApi: { url: `http://127.0.0.1:${ROUTE_PORT}`, tokenFile },
        stores: { [STORE_NAME]: { address: "127.0.0.1", imap: { port: STORE_PORT, tls: "none" } } },
        instances: {
          main: {
            listeners: [
              { ...listener, port: this.plainPort, tls: "none" },
              { ...listener, port: this.tlsPort, tls: "implicit" },
            ],
            tls: { certificates: [{ certFile: workspace.certFile, keyFile: workspace.keyFile }] },
            allowPlaintextLogin: true,
            routeCache,
            workers: 1,
          },
        },
      };
      const file = join(workspace.directory, `${name}.yaml`);
      writeFileSync(file, stringify(configuration));
      // The link leads to the binary itself: no launcher stays in the process tree.
      return [realpathSync(bun), join(project, "bin/mmp.ts"), "edge", "--config", file];
    },
    version: () => `Bun ${firstLine(bun, "--version")}`,
  };
}

/** First line of what a command prints, on either output: nginx prints its version as an error. */
function firstLine(command: string, option: string): string {
  const path = toolPath(command);
  const output = execFileSync("sh", ["-c", `"$0" ${option} 2>&1`, path], { encoding: "utf8" });
  return output.split("\n")[0] ?? "";
}
