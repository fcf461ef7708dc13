import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Child, start } from "./child.ts";
import { RUNTIMES, type RuntimeName } from "./site.ts";
import { freePort, makeFolder, PROJECT } from "./workspace.ts";

/** `mmp up` with users of an LDIF file; or the edge alone, where the test is the route API. */
export interface AllInOne {
  child: Child;
  folder: string;
  /** Ports of the listeners, in their order. */
  ports: number[];
  /** Writes the configuration anew, and has it read. */
  reload(change: Partial<AllInOneOptions>): Promise<void>;
  /** The log line of the session that fits. */
  session(matches: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface AllInOneOptions {
  /** Login name to the mailHosts of the user, best first. */
  users: Record<string, string[]>;
  /** The directory, in place of one with those users in it. */
  directory?: object;
  /** Files of the folder, by name. */
  files?: Record<string, string>;
  stores: Record<string, unknown>;
  /** Fields of the one instance. */
  instance: { listeners: object[]; limits?: object } & Record<string, unknown>;
  edge?: object;
  /** URL of the test's own route API. */
  routeApi?: string;
  drainSeconds?: number;
  /** More in its environment. */
  environment?: Record<string, string>;
}

export async function allInOne(runtime: RuntimeName, options: AllInOneOptions): Promise<AllInOne> {
  const folder = makeFolder("all");
  const port = await freePort();
  let current = options;
  writeFileSync(join(folder.path, "token"), "a-token\n");
  const write = (): void => {
    const { users, directory, files = {}, stores, instance, edge } = current;
    const { routeApi = `http://127.0.0.1:${port}` } = current;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
    writeFileSync(join(folder.path, "users.ldif"), Object.entries(users).map(entry).join("\n"));
    const { limits, listeners, ...rest } = instance;
    writeFileSync(
      join(folder.path, "mmp.yaml"),
      stringify({
        routeStore: { sqlite: "routes.db" },
        directory: directory ?? { ldif: "users.ldif", maxRemovedShare: 1 },
        routeApi: { listen: `127.0.0.1:${port}`, url: routeApi, tokenFile: "token" },
        stores,
        edge: { warmUpLogins: 0, ...edge },
        instances: {
          main: {
            allowPlaintextLogin: true,
            workers: 1,
            routeCache: { freshSeconds: 0, staleSeconds: 0, negativeSeconds: 0 },
            limits: { failedLoginSeconds: 0.1, ...limits },
            listeners: listeners.map((listener) => ({ address: "127.0.0.1", port: 0, ...listener })),
            ...rest,
          },
        },
      }),
    );
  };
  write();
  const [program, ...first] = RUNTIMES[runtime];
  const config = join(folder.path, "mmp.yaml");
  const drain = String(options.drainSeconds ?? 1);
  const command = options.routeApi === undefined ? "up" : "edge";
  const child = start(
    program,
    [...first, command, "--config", config, "--drain-seconds", drain],
    PROJECT,
    options.environment,
  );
  const listening = JSON.parse(await child.line((line) => line.includes('"msg":"listening"'))) as {
    listeners: { port: number }[];
  };
  let reloads = 0;
  return {
    child,
    folder: folder.path,
    ports: listening.listeners.map((listener) => listener.port),
    async reload(change) {
      current = { ...current, ...change };
      write();
      process.kill(child.pid, "SIGHUP");
      let seen = 0;
      reloads++;
      await child.line((line) => line.includes("reloaded") && ++seen === reloads);
    },
    async session(matches) {
      const line = await child.line((text) => {
        const parsed = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {};
        return parsed.msg === "session" && matches(parsed);
      });
      return JSON.parse(line) as Record<string, unknown>;
    },
    async stop(signal) {
      const code = await child.stop(signal);
      folder.remove();
      return code;
    },
  };
}

const entry = ([login, hosts]: [string, string[]]): string =>
  [
    `dn: mail=${login},dc=example,dc=com`,
    `mail: ${login}`,
    ...hosts.map((host) => `mailHost: ${host}`),
    "",
  ].join("\n");
