import { realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Mode } from "../modes.ts";
import { PROJECT } from "../workspace.ts";
import { firstLine, type MailProxy, ROUTE_PORT, STORE_NAME, STORE_PORT } from "./proxy.ts";

/** The edge of the project in a folder, with one worker under Bun. */
export function edge(
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
