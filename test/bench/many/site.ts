import { realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { type Child, LOAD_CPU, PROXY_CPU, stop } from "../child.ts";
import { ROUTE_PORT, STORE_NAME, STORE_PORT } from "../proxies.ts";
import { startServer } from "../server.ts";
import { PROJECT, type Workspace } from "../workspace.ts";

/** Sessions of a process, so that it stays below 20,000 open files: a store and a client take one a session, a worker two. */
export const SESSIONS_PER_STORE = 15_000;
export const SESSIONS_PER_CLIENT = 10_000;
export const SESSIONS_PER_WORKER = 8_500;

/** Two edges, of which the second starts later, and takes over the sessions of the first. */
export const EDGE_PORTS = { first: 26993, second: 27993 } as const;
export type EdgeName = keyof typeof EDGE_PORTS;

const Counts = z.object({ routes: z.number(), others: z.number() });
/** Requests that the route server has had: for routes, and all others. */
export type Counts = z.infer<typeof Counts>;

/** Edges, stores and a route server. */
export interface Site {
  workers: number;
  startEdge(name: EdgeName, drainSeconds: number): Promise<Child>;
  counts(): Promise<Counts>;
  stop(): Promise<void>;
}

const tokenFileOf = ({ directory }: Workspace): string => join(directory, "edge-token");

/** Starts the stores and the route server for so many sessions. */
export async function startSite(workspace: Workspace, sessions: number): Promise<Site> {
  const { programs } = workspace;
  const stores = Math.ceil(sessions / SESSIONS_PER_STORE) + 1;
  const workers = Math.ceil(sessions / SESSIONS_PER_WORKER);
  const children: Child[] = [];
  writeFileSync(tokenFileOf(workspace), "bench\n", { mode: 0o600 });
  const start = async (
    name: string,
    command: readonly string[],
    cpu: number,
    port: number,
  ): Promise<Child> => {
    const child = await startServer(workspace, { name, command, cpu, ports: [port] });
    children.push(child);
    return child;
  };
  const stopAll = async (): Promise<void> => {
    await Promise.all(children.map(stop));
  };
  try {
    for (let index = 0; index < stores; index++) {
      const port = STORE_PORT + index;
      await start(`store${index}`, [programs.store, String(port)], LOAD_CPU, port);
    }
    const route = [programs.route, String(ROUTE_PORT), STORE_NAME, String(STORE_PORT), String(stores)];
    await start("route", route, LOAD_CPU, ROUTE_PORT);
  } catch (error) {
    await stopAll();
    throw error;
  }
  return {
    workers,
    startEdge(name, drainSeconds) {
      const file = join(workspace.directory, `many-${name}.yaml`);
      writeFileSync(file, stringify(configurationOf(name, stores, workers, workspace)));
      const bun = realpathSync(join(PROJECT, "node_modules/.bin/bun"));
      const options = ["--config", file, "--drain-seconds", String(drainSeconds), "--run-folder"];
      const folder = join(workspace.directory, `many-${name}`);
      const command = [bun, join(PROJECT, "bin/mmp.ts"), "edge", ...options, folder];
      return start(`many-${name}`, command, PROXY_CPU, EDGE_PORTS[name]);
    },
    counts: async () => Counts.parse(await (await fetch(`http://127.0.0.1:${ROUTE_PORT}/counts`)).json()),
    stop: stopAll,
  };
}

function configurationOf(name: EdgeName, stores: number, workers: number, workspace: Workspace): object {
  const storeNames = Array.from({ length: stores }, (_, index) => [
    stores > 1 ? `${STORE_NAME}${index}` : STORE_NAME,
    { address: "127.0.0.1", imap: { port: STORE_PORT + index, tls: "none" } },
  ]);
  return {
    routeApi: { url: `http://127.0.0.1:${ROUTE_PORT}`, tokenFile: tokenFileOf(workspace) },
    stores: Object.fromEntries(storeNames),
    instances: {
      main: {
        listeners: [{ protocol: "imap", address: "127.0.0.1", port: EDGE_PORTS[name], tls: "implicit" }],
        tls: { certificates: [{ certFile: workspace.certFile, keyFile: workspace.keyFile }] },
        workers,
        limits: { connections: workers * Math.floor(workspace.fileLimit / 2) },
      },
    },
  };
}
