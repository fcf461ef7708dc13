import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generate } from "selfsigned";

/** Top of the project. */
export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** A folder that others may enter (a mail store runs as another user), gone when the test ends. */
export function makeFolder(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `mmp-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Ports that no connection is given as its own: those are from 32768 on (net.ipv4.ip_local_port_range). */
const PORTS = { from: 10_000, count: 22_768 };
/** Each Vitest worker has a share of its own; other processes that use the same share start elsewhere in it. */
const SHARE = { count: PORTS.count / 8, worker: Number(process.env.VITEST_POOL_ID ?? 0) % 8 };
let next = (process.pid * 61) % SHARE.count;

/** A port of 127.0.0.1 that was free a moment ago, and is given to nobody else in this process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + SHARE.worker * SHARE.count + (next++ % SHARE.count);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** A P-256 certificate for 127.0.0.1 and the names, and that of the CA which signed it, as files. */
export async function makeCertificate(
  folder: string,
  names: readonly string[] = ["localhost"],
): Promise<{ certFile: string; keyFile: string; caFile: string }> {
  const common = {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 86_400_000),
  } as const;
  const ca = await generate([{ name: "commonName", value: "Test CA" }], {
    ...common,
    extensions: [{ name: "basicConstraints", cA: true, critical: true }],
  });
  const leaf = await generate([{ name: "commonName", value: names[0] ?? "" }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      {
        name: "subjectAltName",
        altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7, ip: "127.0.0.1" }],
      },
    ],
  });
  const files = {
    certFile: join(folder, "tls.crt"),
    keyFile: join(folder, "tls.key"),
    caFile: join(folder, "ca.crt"),
  };
  writeFileSync(files.certFile, leaf.cert);
  writeFileSync(files.keyFile, leaf.private, { mode: 0o600 });
  writeFileSync(files.caFile, ca.cert);
  return files;
}
