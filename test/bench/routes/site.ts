import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Child, start } from "../../support/child.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";
import { ADMIN_DN, BASE } from "./people.ts";

/** Configuration of a site whose parts run as processes of their own, under Bun. */
export interface BenchSite {
  folder: string;
  apiUrl: string;
  /** An edge's. */
  token: string;
  supportToken: string;
  /** Starts `mmp <words>`; resolves once a line of its output matches. */
  run(words: string[], ready: RegExp): Promise<Child>;
  /** Runs `mmp <words>` to its end, and gives its output. */
  finish(words: string[]): Promise<{ output: string; pid: number }>;
  remove(): Promise<void>;
}

export interface BenchSiteOptions {
  routeStore: object;
  directory: { ldif: string } | { url: string; password: string };
  /** Ports of IMAP stores, by name. */
  stores?: Record<string, number>;
}

const TOKEN = "bench-token";
const SUPPORT_TOKEN = "bench-support-token";

export async function benchSite({
  routeStore,
  directory,
  stores = {},
}: BenchSiteOptions): Promise<BenchSite> {
  const folder = makeFolder("bench-site");
  const apiPort = await freePort();
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder.path, name), text);
    return name;
  };
  const source =
    "ldif" in directory
      ? directory
      : {
          url: directory.url,
          base: BASE,
          filter: "(mailHost=*)",
          bindDn: ADMIN_DN,
          bindPasswordFile: file("ldap-password", directory.password),
        };
  const reached = (port: number) => ({ address: "127.0.0.1", imap: { port, tls: "none" } });
  const named = Object.entries(stores).map(([name, port]) => [name, reached(port)] as const);
  file(
    "mmp.yaml",
    stringify({
      routeStore,
      directory: source,
      routeApi: {
        listen: `127.0.0.1:${apiPort}`,
        url: apiUrl,
        tokenFile: file("token", TOKEN),
        tokens: [{ name: "support", file: file("support-token", SUPPORT_TOKEN), scopes: ["support"] }],
      },
      stores: named.length > 0 ? Object.fromEntries(named) : { "*": reached(143) },
      edge: { warmUpLogins: 0 },
      instances: {
        main: {
          workers: 1,
          allowPlaintextLogin: true,
          listeners: [{ protocol: "imap", address: "127.0.0.1", port: 0 }],
        },
      },
    }),
  );
  const children: Child[] = [];
  const launch = (words: string[]): Child => {
    const child = start("bun", ["bin/mmp.ts", ...words, "--config", join(folder.path, "mmp.yaml")]);
    children.push(child);
    return child;
  };
  return {
    folder: folder.path,
    apiUrl,
    token: TOKEN,
    supportToken: SUPPORT_TOKEN,
    async run(words, ready) {
      const child = launch(words);
      await child.line((line) => ready.test(line));
      return child;
    },
    async finish(words) {
      const child = launch(words);
      const code = await child.exited;
      const output = child.lines.join("\n");
      if (code !== 0) throw new Error(`mmp ${words.join(" ")} ended with ${code}: ${output}`);
      return { output, pid: child.pid };
    },
    async remove() {
      await Promise.all(children.map((child) => child.stop()));
      folder.remove();
    },
  };
}
