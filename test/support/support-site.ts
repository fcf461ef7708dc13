import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { z } from "zod";
import { openSqlite } from "../../route-api/store/sqlite/open.ts";
import type { FullEntry, RouteStore } from "../../route-api/store/store.ts";
import { type Child, start } from "./child.ts";
import { type LineClient, lineClient } from "./clients/line-client.ts";
import { samplesOf } from "./scrape.ts";
import { RUNTIMES, type RuntimeName } from "./site.ts";
import { imapLogin, type ScriptedStore, scriptedStore } from "./stores/scripted-store.ts";
import { leaveStatus } from "./sync-status.ts";
import { accepting } from "./wait.ts";
import { freePort, makeFolder } from "./workspace.ts";
import { put } from "./writes.ts";

/** An edge of the site, and the port of its IMAP listener. */
export interface SiteEdge {
  child: Child;
  port: number;
  /** Logs in by IMAP; the store echoes what follows, and refuses the password `wrong`. */
  login(user: string, password?: string): Promise<LineClient>;
  /** What the edge counts itself, by name and labels of its metrics. */
  metrics(): Promise<Record<string, number>>;
}

/** A route API over SQLite with tokens for every role, two IMAP stores that let everybody in, and edges. */
export interface SupportSite {
  folder: string;
  config: string;
  api: string;
  /** The route API. */
  apiProcess: Child;
  store: RouteStore;
  stores: Record<"store1" | "store2", ScriptedStore>;
  edge(runtime?: RuntimeName): Promise<SiteEdge>;
  /** Another configuration for edges that start from now on. */
  reconfigure(instance: object): void;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The JSON of a response that must be a good one. */
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  remove(): Promise<void>;
}

/** Everybody of `alice` to `dave` has a mailbox: alice and bob at store1, carol and dave at store2. */
export const account = (name: string, mailHost: string): FullEntry => ({
  uuid: `uuid-${name}`,
  dn: `uid=${name},dc=example,dc=com`,
  account: `${name}@example.com`,
  logins: [name, `${name}@example.com`],
  mailHost: [mailHost],
  version: "1",
});

/** `routeApi` and `edge` have further settings; `moreStores` further mail stores. */
export async function supportSite(
  routeApi: object = {},
  moreStores: object = {},
  edge: object = {},
): Promise<SupportSite> {
  const folder = makeFolder("support");
  const [apiPort, servers] = [
    await freePort(),
    { store1: await scriptedStore(echoing), store2: await scriptedStore(echoing) },
  ];
  const api = `http://127.0.0.1:${apiPort}`;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder.path, name), text);
    return name;
  };
  const write = (instance: object): string => {
    const path = join(folder.path, "mmp.yaml");
    writeFileSync(
      path,
      stringify({
        routeStore: { sqlite: "routes.db" },
        routeApi: {
          listen: `127.0.0.1:${apiPort}`,
          url: api,
          tokenFile: file("edge-token", "edge-token\n"),
          tokens: ["support", "admin"].map((name) => ({
            name,
            scopes: [name],
            file: file(`${name}-token`, `${name}-token\n`),
          })),
          // A busy machine must not make an edge silent.
          limits: { questionMs: 5000 },
          ...routeApi,
        },
        stores: {
          ...Object.fromEntries(
            Object.entries(servers).map(([name, { port }]) => [
              name,
              { address: "127.0.0.1", imap: { port, tls: "none" } },
            ]),
          ),
          ...moreStores,
        },
        edge: { metricsListen: "127.0.0.1:0", warmUpLogins: 0, ...edge },
        instances: {
          main: {
            listeners: [{ protocol: "imap", address: "127.0.0.1", port: 0, tls: "none" }],
            allowPlaintextLogin: true,
            workers: 1,
            limits: { failedLoginSeconds: 0.1 },
            ...instance,
          },
        },
      }),
    );
    return path;
  };
  const config = write({});
  const store = openSqlite(join(folder.path, "routes.db"));
  await store.create();
  await put(store, [
    account("alice", "store1"),
    account("bob", "store1"),
    account("carol", "store2"),
    account("dave", "store2"),
  ]);
  await leaveStatus(store);
  const children: Child[] = [];
  const run = (runtime: RuntimeName, ...args: string[]): Child => {
    const [program, ...first] = RUNTIMES[runtime];
    const child = start(program, [...first, ...args, "--config", config]);
    children.push(child);
    return child;
  };
  const apiProcess = run("bun", "route-api");
  await accepting(apiPort);

  const call: SupportSite["call"] = (method, path, body, headers = {}) =>
    fetch(api + path, {
      method,
      headers: {
        Authorization: `Bearer ${method === "GET" ? "support" : "admin"}-token`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    folder: folder.path,
    config,
    api,
    apiProcess,
    store,
    stores: servers,
    call,
    reconfigure: (instance) => void write(instance),
    async get(path, schema) {
      const response = await call("GET", path);
      const json: unknown = await response.json();
      if (!response.ok) throw new Error(JSON.stringify(json));
      return schema.parse(json);
    },
    async edge(runtime = "bun") {
      const child = run(runtime, "edge", "--no-watch", "--drain-seconds", "0.1");
      const { listeners } = JSON.parse(await child.line((line) => line.includes('"msg":"listening"'))) as {
        listeners: { port: number }[];
      };
      const port = listeners[0]?.port ?? 0;
      return {
        child,
        port,
        async login(user, password = "pw") {
          const client = await lineClient(port);
          await client.until(/^\* OK .*\r\n/);
          client.send(`a LOGIN ${user} ${password}\r\n`);
          await client.until(/^a (?:OK|NO) .*\r\n/m);
          return client;
        },
        async metrics() {
          const line = await child.line((text) => text.includes('"msg":"metrics served"'));
          const served = JSON.parse(line) as { port: number };
          return samplesOf(await (await fetch(`http://127.0.0.1:${served.port}/metrics`)).text());
        },
      };
    },
    async remove() {
      await Promise.all(children.map((child) => child.stop("SIGKILL")));
      await Promise.all(Object.values(servers).map((server) => server.close()));
      await store.close();
      folder.remove();
    },
  };
}

/** A store that echoes each line as an untagged response, and ends what the edge ends. */
function echoing(socket: Parameters<ReturnType<typeof imapLogin>>[0]): void {
  socket.on("end", () => socket.end());
  imapLogin((to, bytes) => void to.write(`* ${bytes}`))(socket);
}
