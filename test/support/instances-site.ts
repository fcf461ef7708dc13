import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Child, run, start } from "./child.ts";
import { type LineClient, lineClient } from "./clients/line-client.ts";
import { imapLogin, type ScriptedStore, scriptedStore } from "./stores/scripted-store.ts";
import { accepting } from "./wait.ts";
import { freePort, makeFolder } from "./workspace.ts";

export const USER = "alice@example.com";

/** A route API and a store each for IMAP and POP3, for edges of any instances. */
export interface InstancesSite {
  /** Where configurations and their files lie. */
  folder: string;
  /** Writes a configuration with these instances, and gives its name. A listener without a port has one of its own. */
  write(name: string, instances: Instances, more?: Settings): Promise<string>;
  /** Ends the route API; resolves when it is gone. */
  stopApi(): Promise<void>;
  startApi(): Promise<void>;
  /** Runs `mmp edge`; resolves when it listens. */
  edge(command: Command, config: string, ...options: string[]): Promise<EdgeProcess>;
  remove(): Promise<void>;
}

/** A program that is mmp, and what comes before mmp's own arguments. */
export type Command = readonly [string, ...string[]];

export type Instances = Record<string, { listeners: object[] } & Record<string, unknown>>;

/** Further sections of a configuration. */
export type Settings = { edge?: object } & Record<string, unknown>;

export interface EdgeProcess {
  child: Child;
  /** As `listening` tells them. */
  listeners: { instance: string; protocol: string; tls: string; port: number }[];
  /** The port of an instance's first listener, or of the one for a protocol. */
  port(instance: string, protocol?: string): number;
  /** The log line of the session that a client on this port had. */
  session(clientPort: number): Promise<Record<string, unknown>>;
  /** Waits for the first log line with this message from line number `after` on; gives it. */
  told(message: string, after?: number): Promise<Record<string, unknown>>;
}

export async function instancesSite(): Promise<InstancesSite> {
  const folder = makeFolder("instances");
  const imap = await scriptedStore(hangingUp(imapLogin((socket, bytes) => socket.write(bytes))));
  const pop3 = await scriptedStore(hangingUp(pop3Login));
  const apiPort = await freePort();
  const api = `127.0.0.1:${apiPort}`;
  writeFileSync(join(folder.path, "token"), "a-token\n");
  writeFileSync(
    join(folder.path, "users.ldif"),
    `dn: mail=${USER},dc=example,dc=com\nmail: ${USER}\nmailHost: store\n`,
  );
  // Workers cannot share a port that is picked for them and may be taken until they listen.
  const withPorts = (listeners: object[]): Promise<object[]> =>
    Promise.all(
      listeners.map(async (listener) => ({ address: "127.0.0.1", port: await freePort(), ...listener })),
    );
  const write = async (name: string, instances: Instances, more: Settings = {}): Promise<string> => {
    const file = join(folder.path, name);
    const at = ({ port }: ScriptedStore) => ({ port, tls: "none" });
    writeFileSync(
      file,
      stringify({
        ...more,
        edge: { warmUpLogins: 0, ...more.edge },
        routeStore: { sqlite: "routes.db" },
        directory: { ldif: "users.ldif" },
        routeApi: { listen: api, url: `http://${api}`, tokenFile: "token" },
        stores: { store: { address: "127.0.0.1", imap: at(imap), pop3: at(pop3) } },
        instances: Object.fromEntries(
          await Promise.all(
            Object.entries(instances).map(async ([key, { listeners, ...rest }]) => [
              key,
              { allowPlaintextLogin: true, listeners: await withPorts(listeners), ...rest },
            ]),
          ),
        ),
      }),
    );
    return file;
  };
  const config = await write("route-api.yaml", { any: { listeners: [{ protocol: "imap" }] } });
  await run("node", ["bin/mmp.ts", "sync", "--once", "--config", config]);
  const startRouteApi = async (): Promise<Child> => {
    const child = start("node", ["bin/mmp.ts", "route-api", "--config", config]);
    await accepting(apiPort);
    return child;
  };
  let routeApi: Child | undefined = await startRouteApi();
  const children: Child[] = [];
  return {
    folder: folder.path,
    write,
    async stopApi() {
      await routeApi?.stop("SIGKILL");
      routeApi = undefined;
    },
    async startApi() {
      routeApi ??= await startRouteApi();
    },
    async edge(command, file, ...options) {
      const child = startEdge(command, file, ...options);
      children.push(child);
      const { listeners } = JSON.parse(await child.line((line) => line.includes('"msg":"listening"')));
      return edgeProcess(child, listeners);
    },
    async remove() {
      await Promise.all([routeApi, ...children].map((child) => child?.stop()));
      await Promise.all([imap.close(), pop3.close()]);
      folder.remove();
    },
  };
}

/** Runs `mmp edge`, whatever comes of it. */
export function startEdge([program, ...first]: Command, config: string, ...options: string[]): Child {
  return start(program, [...first, "edge", "--config", config, "--drain-seconds", "1", ...options]);
}

function edgeProcess(child: Child, listeners: EdgeProcess["listeners"]): EdgeProcess {
  const line = async (matches: (parsed: Record<string, unknown>) => boolean, after = 0) => {
    let seen = 0;
    const text = await child.line(
      (one) => seen++ >= after && one.startsWith("{") && matches(JSON.parse(one)),
    );
    return JSON.parse(text) as Record<string, unknown>;
  };
  return {
    child,
    listeners,
    port(instance, protocol) {
      const found = listeners.find(
        (one) => one.instance === instance && (protocol === undefined || one.protocol === protocol),
      );
      if (found === undefined) throw new Error(`${instance} does not listen`);
      return found.port;
    },
    session: (port) => line(({ msg, client }) => msg === "session" && client === `127.0.0.1:${port}`),
    told: (message, after) => line(({ msg }) => msg === message, after),
  };
}

/** Logs in by IMAP; the store echoes what follows. */
export async function imapSession(port: number): Promise<LineClient> {
  const client = await lineClient(port);
  await client.until(/^\* OK .*\r\n/);
  client.send(`a LOGIN ${USER} x\r\n`);
  await client.until(/^a OK .*\r\n/m);
  return client;
}

/** Logs in and hangs up; resolves with the process that served it. */
export async function servedBy(edge: EdgeProcess, port: number): Promise<number> {
  const { socket } = await imapSession(port);
  const { localPort = 0 } = socket;
  socket.destroy();
  return (await edge.session(localPort)).pid as number;
}

/** Processes that listen on a port. */
export const listeningOn = (port: number): number =>
  execFileSync("ss", ["-ltnH", `sport = :${port}`], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean).length;

/** True while there is such a process. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A store that ends what the edge ends. */
const hangingUp =
  (serve: (socket: Socket) => void) =>
  (socket: Socket): void => {
    socket.on("end", () => socket.end());
    serve(socket);
  };

/** A store that takes every user and password. */
function pop3Login(socket: Socket): void {
  socket.write("+OK ready\r\n");
  socket.setEncoding("latin1").on("data", (text: string) => {
    if (text.startsWith("CAPA")) socket.write("+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n");
    else if (text.startsWith("QUIT")) socket.end("+OK bye\r\n");
    else socket.write("+OK\r\n");
  });
}
