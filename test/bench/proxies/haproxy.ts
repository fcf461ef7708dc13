import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MODES } from "../modes.ts";
import { toolPath } from "../tools.ts";
import { firstLine, type MailProxy, STORE_PORT } from "./proxy.ts";

/** HAProxy knows no mail: it relays every connection to the one store, without a look at the login. */
export function haproxy(): MailProxy {
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
