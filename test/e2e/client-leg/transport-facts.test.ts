import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type IssuedCertificate, LESS_PAST, makeAuthority } from "../../support/certificate-authority.ts";
import { type Child, run, start } from "../../support/child.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { makeCertificate, makeFolder, PROJECT } from "../../support/workspace.ts";

/** Only a client of our own shows a certificate without its key; it is in C, where OpenSSL can be talked into that. */
const SOURCE = join(PROJECT, "test/fixtures/forged-key/forged-key.c");
const forger = join(makeFolder("forged-key").path, "forged-key");
const built = spawnSync("cc", [SOURCE, "-o", forger, "-lssl", "-lcrypto"]).status === 0;

const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;

interface Seen {
  serverName?: string;
  tlsVersion: string;
  certificate?: string;
  fault?: string;
}

let folder: { path: string; remove(): void };
let good: IssuedCertificate;
let expired: IssuedCertificate;
let ca: string;
const pairs: { cert: string; key: string }[] = [];

beforeAll(async () => {
  folder = makeFolder("transport-facts");
  for (const name of ["localhost", "a.test"]) {
    const { certFile, keyFile } = await makeCertificate(makeFolder("certificate").path, [name]);
    pairs.push({ cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") });
  }
  const authority = makeAuthority(folder.path, "ours");
  ca = readFileSync(authority.certFile, "utf8");
  good = authority.issue("good");
  expired = authority.issue("expired", { until: LESS_PAST });
});
afterAll(() => folder?.remove());

/** What the other side has seen of us, and what resumes the session. */
async function connect(port: number, startTls: boolean, settings: ConnectionOptions) {
  const raw = connectTcp(port, "127.0.0.1");
  await once(raw, "connect");
  if (startTls) {
    raw.write("go\n");
    await once(raw, "data");
  }
  const socket = connectTls({ socket: raw, rejectUnauthorized: false, ...settings });
  const sessions: Buffer[] = [];
  socket.on("session", (bytes: Buffer) => sessions.push(bytes));
  const [line] = (await once(socket, "data")) as [Buffer];
  // Tickets of TLS 1.3 may come behind the line.
  if (sessions.length === 0) await Promise.race([once(socket, "session"), new Promise(setImmediate)]);
  const reused = socket.isSessionReused();
  socket.destroy();
  return { seen: JSON.parse(line.toString()) as Seen, session: sessions.at(-1), reused };
}

const cases = (Object.keys(RUNTIMES) as RuntimeName[]).flatMap((runtime) =>
  ([1, 2] as const).map((certificates) => ({ runtime, certificates })),
);

describe.each(cases)(
  "the transport of $runtime with $certificates certificates",
  ({ runtime, certificates }) => {
    let child: Child;
    let ports: { implicit: number; starttls: number };

    beforeAll(async () => {
      const [program, ...args] = RUNTIMES[runtime].slice(0, -1);
      const options = {
        certificates: pairs.slice(0, certificates),
        clientTrust: { ca },
        needsServerName: true,
      };
      const probe = "test/support/programs/transport-probe.ts";
      child = start(program ?? "", [...args, probe, JSON.stringify(options)]);
      ports = JSON.parse(await child.line((line) => line.startsWith("{"))) as typeof ports;
    });
    afterAll(() => child?.stop());

    test.each(["implicit", "starttls"] as const)(
      "tells the name that a client asks for, %s",
      async (kind) => {
        for (const version of VERSIONS) {
          const settings = { minVersion: version, maxVersion: version };
          for (const [servername, expected] of [
            ["Imap.Example.COM", "imap.example.com"],
            ["a.test", "a.test"],
            [undefined, undefined],
          ] as const) {
            const asked = servername === undefined ? settings : { ...settings, servername };
            const first = await connect(ports[kind], kind === "starttls", asked);
            expect(first.seen).toEqual({ tlsVersion: version, ...(expected && { serverName: expected }) });
            const again = first.session === undefined ? asked : { ...asked, session: first.session };
            expect((await connect(ports[kind], kind === "starttls", again)).seen).toEqual(first.seen);
          }
        }
      },
    );

    test.skipIf(!built)("believes no certificate whose key the client does not have", async () => {
      for (const version of ["2", "3"]) {
        const say = async (key: string): Promise<string> => {
          const line = `TLS=${version} ${forger} ${ports.implicit} ${good.certFile} ${key}`;
          return (await run("sh", ["-c", line])).output;
        };
        expect(await say(good.keyFile)).toContain('"certificate"');
        expect(await say(expired.keyFile)).toBe("");
      }
    });

    test("mixes up no two clients, resumed or not", async () => {
      const clients = await Promise.all(
        Array.from({ length: 120 }, async (_, index) => {
          const version = VERSIONS[index % 2] ?? "TLSv1.3";
          const shown = [good, expired, undefined][index % 3];
          const name = `host-${index}.example`;
          const settings = { minVersion: version, maxVersion: version, servername: name };
          const certificate = shown && {
            cert: readFileSync(shown.certFile),
            key: readFileSync(shown.keyFile),
          };
          const first = await connect(ports.implicit, false, { ...settings, ...certificate });
          // Shown again too: Node resumes nothing where the server's name is needed.
          const resumed = first.session === undefined ? {} : { session: first.session };
          const again = await connect(ports.implicit, false, { ...settings, ...certificate, ...resumed });
          return {
            name,
            fault: shown === expired ? "expired" : undefined,
            shows: shown !== undefined,
            first,
            again,
          };
        }),
      );
      for (const { name, fault, shows, first, again } of clients) {
        expect([first.seen.serverName, first.seen.fault, first.seen.certificate !== undefined]).toEqual([
          name,
          fault,
          shows,
        ]);
        expect(again.seen).toEqual(first.seen);
      }
    });
  },
);
