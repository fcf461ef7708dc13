import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { makeCertificate } from "../support/workspace.ts";
import { ADDRESSES } from "./network.ts";
import { STORE_PORT } from "./store-port.ts";

const API_PORT = 8080;
const USERS = 40;

/** Login names of the twin's users; every second one is on the second store. */
export const LOGINS = Array.from({ length: USERS }, (_, index) => `user${index}@example.com`);

/** TCP keep-alive, against an idle time that is longer: 60 s against 6,000 s in a deployment. */
const KEEP_ALIVE_SECONDS = 1;

/** Time that the edge waits for a PROXY header, in seconds. */
const HEADER_SECONDS = 5;

const EDGE_LISTENERS = [
  { protocol: "imap", port: 0, tls: "starttls" },
  { protocol: "imap", port: 0, tls: "implicit", proxyProtocol: "v2" },
  // What must not be done: PROXY headers where the server speaks first.
  { protocol: "imap", port: 0, tls: "starttls", proxyProtocol: "v2" },
].map((listener) => ({ ...listener, address: "0.0.0.0", ...trusting(listener) }));

function trusting(listener: object): object {
  return "proxyProtocol" in listener ? { trustedProxies: [`${ADDRESSES.gateway}/32`] } : {};
}

/** Writes what route API, sync and edges read into `folder`; returns where an edge of a name finds its own. */
export async function writeConfigurations(folder: string): Promise<(edge: string) => string> {
  chmodSync(folder, 0o755);
  const { certFile, keyFile } = await makeCertificate(folder);
  writeFileSync(join(folder, "token"), "a-token-for-edges\n");
  writeFileSync(join(folder, "users.ldif"), LOGINS.map(entry).join("\n"));
  const common = {
    edge: { warmUpLogins: 0 },
    routeStore: { sqlite: join(folder, "routes.db") },
    directory: { ldif: join(folder, "users.ldif") },
    routeApi: {
      listen: `${ADDRESSES.routeApi}:${API_PORT}`,
      url: `http://${ADDRESSES.routeApi}:${API_PORT}`,
      allowClearText: true,
      tokenFile: join(folder, "token"),
    },
    stores: Object.fromEntries(
      ADDRESSES.stores.map((address, index) => [
        `store${index + 1}`,
        { address, imap: { port: STORE_PORT, tls: "none" }, allowClearText: true },
      ]),
    ),
  };
  return (edge) => {
    const own = join(folder, edge);
    mkdirSync(own, { recursive: true });
    const file = join(own, "mmp.yaml");
    const instance = {
      banner: `edge ${edge}`,
      tls: { certificates: [{ certFile, keyFile }] },
      allowPlaintextLogin: true,
      // As deployed: a host runs several tasks, each of one process.
      workers: 1,
      limits: { keepAliveSeconds: KEEP_ALIVE_SECONDS, proxyHeaderSeconds: HEADER_SECONDS },
      listeners: EDGE_LISTENERS,
    };
    writeFileSync(
      file,
      stringify({ ...common, instances: { main: instance } }, { aliasDuplicateObjects: false }),
    );
    return file;
  };
}

const entry = (login: string, index: number): string =>
  [
    `dn: mail=${login},dc=example,dc=com`,
    `mail: ${login}`,
    `mailHost: store${(index % ADDRESSES.stores.length) + 1}`,
    "",
  ].join("\n");
