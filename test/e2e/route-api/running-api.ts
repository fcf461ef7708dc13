import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { openSqlite } from "../../../route-api/store/sqlite/open.ts";
import type { FullEntry, RouteStore } from "../../../route-api/store/store.ts";
import { type Child, start } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { leaveStatus } from "../../support/sync-status.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";
import { put } from "../../support/writes.ts";

export type Scope = "edge" | "support" | "admin";

/** `mmp route-api` over a SQLite file, which the test may write to. */
export interface RunningApi {
  child: Child;
  folder: string;
  url: string;
  store: RouteStore;
  fetch(path: string, init?: RequestInit & { scope?: Scope | undefined }): Promise<Response>;
  post(path: string, body: unknown, scope?: Scope): Promise<Response>;
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface RunningApiOptions {
  entries?: readonly FullEntry[];
  /** In place of an LDIF file. */
  directory?: object;
  /** Fields of `routeApi`. */
  routeApi?: object;
  logLevel?: string;
  /** What the sync says; by default that it has read the directory whole. */
  status?: object;
}

export async function runApi(runtime: RuntimeName, options: RunningApiOptions = {}): Promise<RunningApi> {
  const { entries = [], directory, routeApi = {}, logLevel = "info", status } = options;
  const folder = makeFolder("api");
  const port = await freePort();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder.path, name), text);
    return name;
  };
  file("users.ldif", "");
  const config = {
    routeStore: { sqlite: "routes.db" },
    directory: directory ?? { ldif: "users.ldif" },
    routeApi: {
      listen: `127.0.0.1:${port}`,
      tokenFile: file("edge-token", "edge-token\n"),
      tokens: ["support", "admin"].map((name) => ({
        name,
        scopes: [name],
        file: file(`${name}-token`, `${name}-token\n`),
      })),
      ...routeApi,
    },
    stores: { "*": { imap: { port: 143, tls: "none" }, allowClearText: true } },
    instances: { main: { listeners: [{ protocol: "imap", port: 0, tls: "none" }] } },
  };
  file("mmp.yaml", stringify(config));
  const store = openSqlite(join(folder.path, "routes.db"));
  await store.create();
  await put(store, entries);
  await leaveStatus(store, status);
  const [program, ...first] = RUNTIMES[runtime];
  const command = ["route-api", "--config", join(folder.path, "mmp.yaml"), "--log-level", logLevel];
  const child = start(program, [...first, ...command]);
  await child.line((line) => line.includes('"msg":"listening"'));
  const url = `http://127.0.0.1:${port}`;

  const call: RunningApi["fetch"] = (path, { scope = "edge", headers, ...init } = {}) =>
    fetch(url + path, { ...init, headers: { Authorization: `Bearer ${scope}-token`, ...headers } });
  return {
    child,
    folder: folder.path,
    url,
    store,
    fetch: call,
    post: (path, body, scope) =>
      call(path, {
        scope,
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
    async stop(signal) {
      const code = await child.stop(signal);
      await store.close();
      folder.remove();
      return code;
    },
  };
}

/** An entry of one account. */
export const accountOf = (name: string, more: Partial<FullEntry> = {}): FullEntry => ({
  uuid: `uuid-${name}`,
  dn: `uid=${name},dc=example,dc=com`,
  account: `${name}@example.com`,
  logins: [name, `${name}@example.com`],
  mailHost: ["store1"],
  version: "1",
  ...more,
});
