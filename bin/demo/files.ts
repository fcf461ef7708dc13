import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";
import { stringify } from "yaml";
import { isLoopback } from "../../route-api/contract/loopback.ts";
import { Failure } from "../failure.ts";
import type { DemoOptions } from "./options.ts";
import type { DemoStore } from "./store.ts";
import { USERS_LDIF } from "./users-ldif.ts";

const CERTIFICATE_DAYS = 825;
const DAY_MS = 86_400_000;

/**
 * Makes a folder this demo's own until the returned function is called. Throws a Failure if another demo runs in it,
 * whose routes and configuration would be overwritten.
 */
export function enterFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "pid");
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  if (pid > 0 && pid !== process.pid && isRunning(pid))
    throw new Failure(`a demo runs in ${folder} (process ${pid}); choose another folder with --data`);
  writeFileSync(file, `${process.pid}\n`);
  return () => rmSync(file, { force: true });
}

/** Whether a process is a demo: its number may be another program's by now. */
function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--demo");
  } catch {
    return false;
  }
}

/** Files with tokens: for the edge, and for whoever looks at the demo. */
const EDGE_TOKEN = "edge-token";
const ADMIN_TOKEN = "admin-token";

/** The token with which the demo's console and route API may be used. */
export const adminToken = (folder: string): string => readFileSync(join(folder, ADMIN_TOKEN), "utf8").trim();

/** Makes the demo's certificate and tokens, unless an earlier run has made them. */
export async function prepareFolder(folder: string): Promise<void> {
  for (const name of [EDGE_TOKEN, ADMIN_TOKEN]) {
    const token = join(folder, name);
    if (!existsSync(token)) writeSecret(token, `${randomBytes(32).toString("base64url")}\n`);
  }
  const key = join(folder, "tls.key");
  const certificate = join(folder, "tls.crt");
  if (existsSync(key) && existsSync(certificate)) return;
  const pems = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    notAfterDate: new Date(Date.now() + CERTIFICATE_DAYS * DAY_MS),
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  writeSecret(key, pems.private);
  writeFileSync(certificate, pems.cert);
}

/** Writes the demo's directory and mmp.yaml, as an operator would write them; returns the path of mmp.yaml. */
export function writeConfiguration(
  { address, data, ...ports }: DemoOptions,
  stores: ReadonlyMap<string, DemoStore>,
): string {
  const host = address.includes(":") ? `[${address}]` : address;
  const listener = (protocol: string, port: number, tls: string) => ({ protocol, address, port, tls });
  const service = (port: number) => ({ port, tls: "none" });
  const configuration = {
    routeStore: { sqlite: "routes.db" },
    directory: { ldif: "users.ldif", maxRemovedShare: 1 },
    routeApi: {
      listen: `${host}:${ports.apiPort}`,
      url: `http://${host}:${ports.apiPort}`,
      ...(isLoopback(address) ? {} : { allowClearText: true }),
      tokenFile: EDGE_TOKEN,
      tokens: [{ name: "demo", file: ADMIN_TOKEN, scopes: ["support", "admin"] }],
    },
    stores: Object.fromEntries(
      [...stores].map(([name, { imapPort, pop3Port }]) => [
        name,
        { address: "127.0.0.1", imap: service(imapPort), pop3: service(pop3Port) },
      ]),
    ),
    instances: {
      demo: {
        listeners: [
          listener("imap", ports.imapPort, "starttls"),
          listener("imap", ports.imapsPort, "implicit"),
          listener("pop3", ports.pop3Port, "starttls"),
          listener("pop3", ports.pop3sPort, "implicit"),
        ],
        tls: { certificates: [{ certFile: "tls.crt", keyFile: "tls.key" }] },
        // Passwords may go without TLS, for the demo runs on one machine.
        allowPlaintextLogin: true,
        routeCache: { freshSeconds: 1, staleSeconds: 5, negativeSeconds: 1 },
      },
    },
  };
  writeFileSync(join(data, "users.ldif"), USERS_LDIF);
  const file = join(data, "mmp.yaml");
  writeFileSync(file, `# Written by the demo at each start.\n${stringify(configuration)}`);
  return file;
}

/** The mode given when writing applies only to a new file, so it is also set on an existing one. */
function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}
