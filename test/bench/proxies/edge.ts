import { execFileSync } from "node:child_process";
import { realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { LOAD_CPU } from "../child.ts";
import type { Mode } from "../modes.ts";
import { usersLdif } from "../users.ts";
import { PROJECT, type Workspace } from "../workspace.ts";
import {
  API_PORT,
  firstLine,
  type MailProxy,
  METRICS_PORT,
  type Prepared,
  STORE_NAME,
  STORE_PORT,
} from "./proxy.ts";

/** Where an edge and its route API listen. */
export interface EdgePorts {
  plain: number;
  tls: number;
  metrics: number;
  api: number;
}
export const PORTS: EdgePorts = { plain: 26143, tls: 26993, metrics: METRICS_PORT, api: API_PORT };
/** For a second edge that is up at the same time. */
export const OTHER_PORTS: EdgePorts = { plain: 26144, tls: 26994, metrics: 18083, api: 18084 };

type RouteCache = { freshSeconds?: number; staleSeconds?: number };

/**
 * The edge of the project in a folder, as it is run: under Bun, with one worker, and beside it a route API in a
 * process of its own, which knows the users, announces changes, and keeps the history of logins. `settings` are for the
 * section `edge` of its configuration.
 */
export function edge(
  name: string,
  modes: readonly Mode[],
  project: string,
  routeCache: RouteCache,
  ports = PORTS,
  settings: object = {},
): MailProxy {
  const bun = join(PROJECT, "node_modules/.bin/bun");
  let isFilled = false;
  return {
    name,
    plainPort: ports.plain,
    tlsPort: ports.tls,
    modes,
    tools: [],
    prepare(workspace) {
      const file = join(workspace.directory, `${name}.yaml`);
      // The link leads to the binary itself: no launcher stays in the process tree.
      const mmp = (...words: string[]) => [
        realpathSync(bun),
        join(project, "bin/mmp.ts"),
        ...words,
        "--config",
        file,
      ];
      const database = join(workspace.directory, `${name}.db`);
      writeFileSync(file, stringify(configuration(workspace, database, routeCache, ports, settings)));
      if (!isFilled) {
        for (const end of ["", "-wal", "-shm"]) rmSync(database + end, { force: true });
        const [program, ...words] = mmp("sync", "--once");
        execFileSync(program ?? bun, words, { stdio: ["ignore", "ignore", "inherit"] });
        isFilled = true;
      }
      const api = { name: `${name}-api`, command: mmp("route-api"), cpu: LOAD_CPU, ports: [ports.api] };
      return { command: mmp("edge"), beside: [api] };
    },
    version: () => `Bun ${firstLine(bun, "--version")}`,
  };
}

/** The arguments of mmp in an edge's command, which begins with Bun and the source. */
export const mmpArguments = ({ command }: Prepared): string[] => command.slice(2);

/**
 * History, heartbeats and the log are on by default; metrics and penalties are turned on. The limits are those
 * that docs/limits.md recommends, but for those of a client: all the load comes from eight addresses, which log in
 * more often than any client may. Each still counts.
 */
function configuration(
  workspace: Workspace,
  database: string,
  routeCache: RouteCache,
  ports: EdgePorts,
  settings: object,
): object {
  const { directory, certFile, keyFile } = workspace;
  const tokenFile = join(directory, "edge-token");
  const ldif = join(directory, "users.ldif");
  writeFileSync(tokenFile, "bench\n", { mode: 0o600 });
  writeFileSync(ldif, usersLdif(STORE_NAME));
  const listener = { protocol: "imap", address: "127.0.0.1" };
  const manyConnections = 10_000;
  return {
    routeStore: { sqlite: database },
    directory: { ldif },
    routeApi: { listen: `127.0.0.1:${ports.api}`, url: `http://127.0.0.1:${ports.api}`, tokenFile },
    stores: { [STORE_NAME]: { address: "127.0.0.1", imap: { port: STORE_PORT, tls: "none" } } },
    edge: { metricsListen: `127.0.0.1:${ports.metrics}`, ...settings },
    instances: {
      main: {
        listeners: [
          { ...listener, port: ports.plain, tls: "none" },
          { ...listener, port: ports.tls, tls: "implicit" },
        ],
        tls: { certificates: [{ certFile, keyFile }] },
        allowPlaintextLogin: true,
        limits: {
          connectionsPerUser: 50,
          connectionsPerClient: 20,
          connectionsPerClientRanges: [{ range: "127.0.0.0/8", connections: manyConnections }],
          loginsPerSecondPerClient: manyConnections,
        },
        penalties: {},
        routeCache,
        workers: 1,
      },
    },
  };
}
