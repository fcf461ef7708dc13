import { createHash, X509Certificate } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, type AllInOneOptions, allInOne } from "../../support/all-in-one.ts";
import {
  AHEAD,
  type CertificateAuthority,
  type IssuedCertificate,
  LESS_PAST,
  makeAuthority,
  PAST,
  SERVER,
} from "../../support/certificate-authority.ts";
import { run } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { type TlsClientOptions, tlsClient } from "../../support/clients/tls-client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { imapLogin, type ScriptedStore, scriptedStore } from "../../support/stores/scripted-store.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

const ALICE = "alice@example.com";
const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;
const LISTENERS = [
  { name: "imaps", protocol: "imap", tls: "implicit" },
  { name: "imap with STARTTLS", protocol: "imap", tls: "starttls" },
  { name: "pop3s", protocol: "pop3", tls: "implicit" },
  { name: "pop3 with STLS", protocol: "pop3", tls: "starttls" },
  { name: "imaps behind PROXY", protocol: "imap", tls: "implicit", proxied: true },
] as const;
/** What is to be said of each certificate; undefined: nothing is wrong with it. */
const FAULTS = {
  good: undefined,
  expired: "expired",
  "not-yet-valid": "not-yet-valid",
  foreign: "untrusted",
  revoked: "revoked",
  "wrong-purpose": "wrong-purpose",
} as const;
type Name = keyof typeof FAULTS;

let store: ScriptedStore;
let folder: { path: string; remove(): void };
let ours: CertificateAuthority;
let theirs: CertificateAuthority;
let shown: Record<Name, IssuedCertificate>;
let server: IssuedCertificate;
let another: IssuedCertificate;

beforeAll(async () => {
  store = await scriptedStore(imapLogin((socket, text) => socket.write(`${text.split(" ")[0]} OK done\r\n`)));
  folder = makeFolder("client-certificates");
  server = await serverPair("localhost");
  another = await serverPair("a.test");
  ours = makeAuthority(folder.path, "ours");
  theirs = makeAuthority(folder.path, "theirs");
  shown = {
    good: ours.issue("good"),
    expired: ours.issue("expired", { until: LESS_PAST }),
    "not-yet-valid": ours.issue("not-yet-valid", { from: AHEAD }),
    foreign: theirs.issue("foreign"),
    revoked: ours.issue("revoked"),
    "wrong-purpose": ours.issue("wrong-purpose", { extensions: SERVER }),
  };
  ours.revoke(shown.revoked);
});
afterAll(async () => {
  await store?.close();
  folder?.remove();
});

/** A server's certificate in a folder of its own. */
async function serverPair(name: string): Promise<IssuedCertificate> {
  const { certFile, keyFile } = await makeCertificate(makeFolder("certificate").path, [name]);
  return { certFile, keyFile };
}

const fingerprint = ({ certFile }: IssuedCertificate): string =>
  createHash("sha256")
    .update(new X509Certificate(readFileSync(certFile)).raw)
    .digest("hex");

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("clients' certificates on %s", (runtime) => {
  let edge: AllInOne;
  let options: AllInOneOptions;
  /** Files that the test replaces while the edge runs. */
  let live: { clientCaFile: string; clientCrlFile: string; certmapFile: string };

  beforeAll(async () => {
    live = {
      clientCaFile: join(folder.path, `${runtime}.ca`),
      clientCrlFile: join(folder.path, `${runtime}.crl`),
      certmapFile: join(folder.path, `${runtime}.certmap`),
    };
    // Nobody has any of these names: what is judged here is the certificate alone.
    writeFileSync(
      live.certmapFile,
      "certmap default default\ndefault:DNComps\ndefault:FilterComps cn=login\n",
    );
    copyFileSync(ours.certFile, live.clientCaFile);
    writeFileSync(live.clientCrlFile, ours.revocations());
    options = {
      users: { [ALICE]: ["store"] },
      stores: {
        store: {
          address: "127.0.0.1",
          imap: { port: store.port, tls: "none" },
          pop3: { port: store.port, tls: "none" },
        },
      },
      instance: {
        listeners: LISTENERS.map(({ protocol, tls, ...rest }) => ({
          protocol,
          tls,
          ...("proxied" in rest ? { proxyProtocol: "any", trustedProxies: ["127.0.0.0/8"] } : {}),
        })),
        mechanisms: ["PLAIN", "EXTERNAL"],
        storeAdmin: { user: "nobody", passwordFile: "token" },
        tls: { certificates: [server], ...live },
      },
    };
    edge = await allInOne(runtime, options);
  });
  afterAll(() => edge?.stop());

  const reload = (change: object): Promise<void> =>
    edge.reload({ instance: { ...options.instance, ...change } });

  let proxiedPort = 10_000;
  /** Sessions that a test has looked at: clients come from the same port again. */
  const seen = new Set<unknown>();
  /** Logs in by EXTERNAL; what the client was offered and told, and what the edge wrote of it. */
  async function attempt(
    listener: (typeof LISTENERS)[number],
    settings: Pick<TlsClientOptions, "certificate" | "version" | "session" | "serverName">,
  ) {
    const { protocol, tls } = listener;
    const proxied = "proxied" in listener ? `192.0.2.7:${++proxiedPort}` : undefined;
    const index = LISTENERS.indexOf(listener);
    const client = await tlsClient({
      protocol,
      port: edge.ports[index] ?? 0,
      // Connections to two ports may come from one and the same.
      localAddress: `127.0.0.${index + 1}`,
      startTls: tls === "starttls",
      ...(proxied === undefined ? {} : { preface: `PROXY TCP4 192.0.2.7 192.0.2.1 ${proxiedPort} 993\r\n` }),
      ...settings,
    });
    const offered = await client.ask(protocol === "imap" ? "a1 CAPABILITY" : "CAPA");
    const answer = await client.ask(protocol === "imap" ? "a2 AUTHENTICATE EXTERNAL =" : "AUTH EXTERNAL =");
    const session = client.session();
    const reused = client.socket.isSessionReused();
    client.close();
    const line = await edge.session(
      ({ sid, client: from }) => from === (proxied ?? client.from) && !seen.has(sid),
    );
    seen.add(line.sid);
    const [failure] = line.failures as { code: string; detail?: string }[];
    return { offersExternal: /EXTERNAL/.test(offered), answer, session, reused, line, failure };
  }

  /** The fault that the edge found, or undefined where it found none. */
  const faultOf = (code: string | undefined): string | undefined =>
    (Object.values(FAULTS) as (string | undefined)[])
      .concat("crl-expired", "unreadable")
      .find((fault) => fault !== undefined && code === `certificate-${fault}`);

  const REFUSED = { imap: "a2 NO [AUTHENTICATIONFAILED] Authentication failed\r\n", pop3: /^-ERR \[AUTH\] / };

  /** Every listener in both versions, all at once: a failed login is answered late. */
  const everywhere = async (
    listeners: readonly (typeof LISTENERS)[number][],
    check: (listener: (typeof LISTENERS)[number], version: (typeof VERSIONS)[number]) => Promise<void>,
  ): Promise<void> =>
    void (await Promise.all(
      listeners.flatMap((listener) => VERSIONS.map((version) => check(listener, version))),
    ));

  const judgesAll = (): Promise<void> =>
    everywhere(LISTENERS, async (listener, version) => {
      const results = await Promise.all(
        Object.entries(shown).map(async ([name, certificate]) => {
          const { offersExternal, answer, line, failure } = await attempt(listener, { certificate, version });
          expect(answer).toMatch(REFUSED[listener.protocol]);
          expect(line).toMatchObject({
            tls: version,
            mechanism: "EXTERNAL",
            certificate: fingerprint(certificate),
          });
          return [name, offersExternal, faultOf(failure?.code)];
        }),
      );
      const expected = Object.entries(FAULTS).map(([name, fault]) => [name, true, fault]);
      expect([listener.name, version, results]).toEqual([listener.name, version, expected]);
    });

  test("are judged on every listener, in TLS 1.2 and 1.3", judgesAll);

  test("are missed where there is none", async () => {
    await Promise.all(
      LISTENERS.map(async (listener) => {
        const { offersExternal, answer, line, failure } = await attempt(listener, {});
        expect(answer).toMatch(REFUSED[listener.protocol]);
        expect([offersExternal, failure?.code, line.certificate]).toEqual([
          false,
          "no-certificate",
          undefined,
        ]);
      }),
    );
  });

  const judgesResumed = (listeners: readonly (typeof LISTENERS)[number][]): Promise<void> =>
    everywhere(listeners, async (listener, version) => {
      const results = await Promise.all(
        Object.entries(shown).map(async ([name, certificate]) => {
          const { session } = await attempt(listener, { certificate, version });
          expect(session).toBeDefined();
          // Nothing is shown again: what counts is what the session began with.
          const { reused, line, failure } = await attempt(listener, { version, session });
          expect(line.certificate).toBe(fingerprint(certificate));
          return [name, reused, faultOf(failure?.code)];
        }),
      );
      const expected = Object.entries(FAULTS).map(([name, fault]) => [name, true, fault]);
      expect([listener.name, version, results]).toEqual([listener.name, version, expected]);
    });

  test("are judged anew in resumed sessions", () =>
    judgesResumed([LISTENERS[0], LISTENERS[1], LISTENERS[4]]));

  test("are asked for by naming the CAs, and the greeting in clear offers no EXTERNAL", async () => {
    for (const [index, more] of [
      [0, []],
      [1, ["-starttls", "imap"]],
    ] as const) {
      const { output } = await run("sh", [
        "-c",
        `openssl s_client -connect 127.0.0.1:${edge.ports[index]} ${more.join(" ")} </dev/null`,
      ]);
      expect(output).toMatch(/Acceptable client certificate CA names\n.*CN ?= ?ours/);
    }
    const client = await lineClient(edge.ports[1] ?? 0);
    expect(await client.until(/\r\n/)).not.toContain("EXTERNAL");
    client.send("a AUTHENTICATE EXTERNAL =\r\n");
    expect(await client.until(/\r\n/)).toMatch(/^a NO \[CANNOT\]/);
    client.socket.destroy();
  });

  test("are judged alike where SNI picks the listener's own certificate", async () => {
    await reload({ tls: { certificates: [server, another], ...live } });
    await judgesAll();
    const { failure, line } = await attempt(LISTENERS[0], {
      certificate: shown.expired,
      serverName: "a.test",
    });
    expect([failure?.code, line.certificate]).toEqual(["certificate-expired", fingerprint(shown.expired)]);
    await judgesResumed([LISTENERS[0]]);
    await reload({});
  });

  test("go by the CAs and lists that a reload brings, and no session is lost", async () => {
    const old = await tlsClient({ protocol: "imap", port: edge.ports[0] ?? 0, certificate: shown.good });
    expect(await old.ask(`a AUTHENTICATE PLAIN ${Buffer.from(`\0${ALICE}\0x`).toString("base64")}`)).toMatch(
      /^a OK/m,
    );
    const judged = async (name: Name): Promise<string | undefined> =>
      faultOf((await attempt(LISTENERS[0], { certificate: shown[name] })).failure?.code);
    const crlOf = (list: string): void => writeFileSync(live.clientCrlFile, list);

    crlOf(ours.revocations([PAST, LESS_PAST]));
    await reload({});
    expect([await judged("good"), await judged("revoked")]).toEqual(["crl-expired", "revoked"]);

    await reload({ tls: { ...(options.instance.tls as object), clientCrlFile: undefined } });
    expect([await judged("good"), await judged("revoked")]).toEqual([undefined, undefined]);

    copyFileSync(theirs.certFile, live.clientCaFile);
    crlOf(theirs.revocations());
    await reload({});
    expect([await judged("good"), await judged("foreign")]).toEqual(["untrusted", undefined]);

    crlOf(ours.revocations());
    await reload({ banner: "Wrong" });
    const last = edge.child.lines.findLast((line) => line.includes("reloaded")) ?? "";
    expect(last).toContain("configuration not reloaded");
    expect(last).toMatch(/clientCrlFile: \S+: list 1 is not signed by a CA of clientCaFile/);
    expect(await judged("foreign")).toBeUndefined();

    copyFileSync(ours.certFile, live.clientCaFile);
    await reload({});
    expect([await judged("good"), await judged("revoked")]).toEqual([undefined, "revoked"]);
    expect(await old.ask("b NOOP")).toMatch(/^b OK/m);
    old.close();
  });

  test("belong to the virtual domain whose own CA vouches for them, whatever SNI says", async () => {
    const certmap = join(folder.path, `${runtime}.tenant.certmap`);
    writeFileSync(certmap, "certmap default default\ndefault:DNComps\ndefault:FilterComps cn=login\n");
    const vdmap = join(folder.path, `${runtime}.vdmap`);
    const domain = "vdmap tenant sni:tenant.example";
    writeFileSync(vdmap, `${domain}\ntenant:ClientCAFile ${theirs.certFile}\ntenant:CertMap ${certmap}\n`);
    await reload({ virtualDomainFile: vdmap });
    const arrived = async (name: keyof typeof shown, serverName: string) => {
      const { line, failure } = await attempt(LISTENERS[0], { certificate: shown[name], serverName });
      return [line.virtualDomain, failure?.code];
    };
    // By all of these certificates nobody is found: they are believed.
    const UNMAPPED = "certificate-unmapped";
    expect(await arrived("foreign", "tenant.example")).toEqual(["tenant", UNMAPPED]);
    expect(await arrived("foreign", "other.example")).toEqual(["tenant", UNMAPPED]);
    expect(await arrived("good", "tenant.example")).toEqual([undefined, UNMAPPED]);
    expect(await arrived("good", "other.example")).toEqual([undefined, UNMAPPED]);
    expect(await arrived("revoked", "tenant.example")).toEqual(["tenant", "certificate-revoked"]);
    await reload({});
  });

  test("are not asked for where nothing is configured", async () => {
    await reload({ mechanisms: ["PLAIN"], tls: { certificates: [server] } });
    for (const [index, more] of [
      [0, []],
      [1, ["-starttls", "imap"]],
    ] as const) {
      const { output } = await run("sh", [
        "-c",
        `openssl s_client -connect 127.0.0.1:${edge.ports[index]} ${more.join(" ")} </dev/null`,
      ]);
      expect(output).toContain("No client certificate CA names sent");
    }
    const client = await tlsClient({
      protocol: "imap",
      port: edge.ports[0] ?? 0,
      localAddress: "127.0.0.99",
      certificate: shown.good,
    });
    expect(await client.ask("a1 AUTHENTICATE EXTERNAL =")).toMatch(/^a1 NO \[CANNOT\]/);
    client.close();
    const line = await edge.session(({ client: from }) => from === client.from);
    expect([line.tls, line.certificate]).toEqual([expect.stringMatching(/^TLS/), undefined]);
  });
});
