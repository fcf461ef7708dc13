import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Child, run, start } from "./child.ts";
import { BASE, person, type Slapd, startSlapd } from "./slapd.ts";
import { type Dovecot, startDovecot } from "./stores/dovecot.ts";
import { accepting } from "./wait.ts";
import { freePort, makeCertificate, makeFolder, PROJECT } from "./workspace.ts";

/** How each runtime runs mmp. */
export const RUNTIMES = {
  bun: ["bun", "bin/mmp.ts"],
  node: ["node", "bin/mmp.ts"],
  deno: ["deno", "run", "--quiet", "--allow-all", "bin/mmp.ts"],
} as const;
export type RuntimeName = keyof typeof RUNTIMES;

/** The edge of a site answers a failed login no sooner than this, in seconds. */
export const FAILED_LOGIN_SECONDS = 0.4;
export const PASSWORD = "pass word \\ with {3}";

/** A whole site: a directory, two stores, the route API; edges come and go. */
export interface Site {
  slapd: Slapd;
  stores: { store1: Dovecot; store2: Dovecot };
  caFile: string;
  config: string;
  startApi(): Promise<Child>;
  sync(): Promise<string>;
  startEdge(runtime: RuntimeName): Promise<RunningEdge>;
  remove(): Promise<void>;
}

export interface RunningEdge {
  child: Child;
  /** Ports by protocol and TLS: imap, imaps, pop3, pop3s. */
  ports: Record<"imap" | "imaps" | "pop3" | "pop3s", number>;
}

const LOGINS = ["alice@example.com", "bob@example.com", "mover@example.com"];

/** What an edge of this site keeps of routes: nothing, or for a while when the API is out. */
export type Caching = { freshSeconds: number; staleSeconds: number };

export async function startSite(
  caching: Caching = { freshSeconds: 0, staleSeconds: 0 },
  mechanisms: readonly string[] = ["PLAIN", "LOGIN"],
): Promise<Site> {
  const folder = makeFolder("site");
  const { certFile, keyFile, caFile } = await makeCertificate(folder.path);
  const users = LOGINS.map((login) => ({ login, password: PASSWORD }));
  const store1 = await startDovecot("store1", users, { certFile, keyFile });
  const store2 = await startDovecot("store2", users, { certFile, keyFile });
  const slapd = await startSlapd(
    [
      person("alice", [
        "mail: alice@example.com",
        "mailAlternateAddress: a.alternate@example.com",
        "mailHost: store1",
      ]),
      person("bob", ["mail: bob@example.com", "mailHost: store2"]),
      person("mover", ["mail: mover@example.com", "mailHost: store1"]),
      person("homeless", ["mail: homeless@example.com"]),
    ].join(""),
  );
  mkdirSync(join(folder.path, "secrets"));
  writeFileSync(join(folder.path, "secrets/ldap"), `${slapd.bindPassword}\n`);
  writeFileSync(join(folder.path, "secrets/edge-token"), "a-token-for-edges\n");
  const apiPort = await freePort();
  const listener = (protocol: string, tls: string) => ({ protocol, address: "127.0.0.1", port: 0, tls });
  const service = (port: number, tls: string) => ({ port, tls });
  const config = join(folder.path, "mmp.yaml");
  writeFileSync(
    config,
    stringify({
      routeStore: { sqlite: "routes.db" },
      directory: {
        url: slapd.url,
        base: BASE,
        filter: "(objectClass=mailUser)",
        bindDn: slapd.bindDn,
        bindPasswordFile: "secrets/ldap",
        pageSize: 2,
      },
      routeApi: {
        listen: `127.0.0.1:${apiPort}`,
        url: `http://127.0.0.1:${apiPort}`,
        tokenFile: "secrets/edge-token",
      },
      stores: {
        // One store in clear, one by STARTTLS and STLS with its certificate checked.
        store1: {
          address: "127.0.0.1",
          imap: service(store1.imapPort, "none"),
          pop3: service(store1.pop3Port, "none"),
        },
        store2: {
          address: "127.0.0.1",
          imap: service(store2.imapPort, "starttls"),
          pop3: service(store2.pop3Port, "starttls"),
          serverName: "localhost",
          caFile,
        },
      },
      edge: { warmUpLogins: 0 },
      instances: {
        main: {
          listeners: [
            listener("imap", "starttls"),
            listener("imap", "implicit"),
            listener("pop3", "starttls"),
            listener("pop3", "implicit"),
          ],
          tls: { certificates: [{ certFile, keyFile }] },
          mechanisms,
          allowPlaintextLogin: true,
          routeCache: { ...caching, negativeSeconds: 0 },
          workers: 1,
          limits: { failedLoginSeconds: FAILED_LOGIN_SECONDS, loginSeconds: 5 },
        },
      },
    }),
  );
  const children: Child[] = [];
  const command = [...RUNTIMES.node];
  return {
    slapd,
    stores: { store1, store2 },
    caFile,
    config,
    async startApi() {
      const child = start("node", [...command.slice(1), "route-api", "--config", config]);
      children.push(child);
      await child.line((line) => line.includes('"listening"'));
      await accepting(apiPort);
      return child;
    },
    async sync() {
      const { code, output } = await run("node", [...command.slice(1), "sync", "--once", "--config", config]);
      if (code !== 0) throw new Error(`sync ended with ${code}: ${output}`);
      return output;
    },
    async startEdge(runtime) {
      const [program, ...args] = RUNTIMES[runtime];
      const options = ["edge", "--config", config, "--drain-seconds", "1"];
      const child = start(program, [...args, ...options], PROJECT);
      children.push(child);
      const line = JSON.parse(await child.line((text) => text.includes('"listening"'))) as {
        listeners: { port: number }[];
      };
      const [imap = 0, imaps = 0, pop3 = 0, pop3s = 0] = line.listeners.map(({ port }) => port);
      return { child, ports: { imap, imaps, pop3, pop3s } };
    },
    async remove() {
      await Promise.all(children.map((child) => child.stop()));
      await Promise.all([store1.remove(), store2.remove(), slapd.remove()]);
      folder.remove();
    },
  };
}
