import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { routePath } from "../../../route-api/contract/routes.ts";
import { type CertificateAuthority, makeAuthority, SERVER } from "../../support/certificate-authority.ts";
import { run, start } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import { logIn } from "../../support/clients/logins.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { freePort, makeFolder } from "../../support/workspace.ts";
import { accountOf, type RunningApi, runApi } from "./running-api.ts";

const folder = makeFolder("api-tls");
afterAll(() => folder.remove());

const AMAZON_CAS = fileURLToPath(new URL("../../../infra/parts/amazon-root-cas.pem", import.meta.url));
const serverName = ["subjectAltName=DNS:localhost,IP:127.0.0.1"];
let authority: CertificateAuthority;
let strangers: CertificateAuthority;
const pem = (file: string): string => readFileSync(file, "utf8");
const issue = (by: CertificateAuthority, name: string) =>
  by.issue(name, { extensions: [...SERVER, ...serverName], subject: `/CN=${name}` });

beforeAll(() => {
  authority = makeAuthority(folder.path, "ours");
  strangers = makeAuthority(folder.path, "strangers");
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("the route API's own TLS on %s", (runtime) => {
  let api: RunningApi;
  let port: number;

  beforeAll(async () => {
    const served = issue(authority, `first-${runtime}`);
    api = await runApi(runtime, {
      entries: [accountOf("alice")],
      routeApi: { certFile: served.certFile, keyFile: served.keyFile, clientCaFile: authority.certFile },
    });
    port = Number(new URL(api.url).port);
  });
  afterAll(() => api?.stop());

  const edge = (by = authority) => {
    const { certFile, keyFile } = by.issue(`edge-${runtime}`);
    return { cert: pem(certFile), key: pem(keyFile) };
  };
  /** Status and body of an answer. */
  const ask = (path: string, token: string, options: ConnectionOptions = {}): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${token}` };
      const where = { host: "127.0.0.1", port, path, headers, agent: false, ca: pem(authority.certFile) };
      const sent = request({ ...where, ...options }, async (response) => {
        let body = "";
        for await (const chunk of response) body += String(chunk);
        resolve(`${response.statusCode} ${body}`);
      });
      sent.on("error", reject).end();
    });
  const ALICE = routePath("alice");

  test("admits an edge with a certificate of its CA, and no other", async () => {
    expect(await ask(ALICE, "edge-token", edge())).toMatch(/^200 .*"alice@example.com"/);
    expect(await ask(ALICE, "edge-token")).toMatch(/^403 .*edge counts only with a client certificate/);
    expect(await ask(ALICE, "edge-token", edge(strangers))).toMatch(/^403 /);
    expect(await ask(ALICE, "wrong", edge())).toMatch(/^401 /);
  });

  test("asks neither support agents nor probes for a certificate", async () => {
    expect(await ask(ALICE, "support-token")).toMatch(/^200 /);
    expect(await ask("/readyz", "none")).toMatch(/^200 /);
  });

  test("answers many requests of one connection in their order", async () => {
    const socket = connect({ host: "127.0.0.1", port, ca: pem(authority.certFile), ...edge() });
    await once(socket, "secureConnect");
    const head = "Host: x\r\nAuthorization: Bearer edge-token\r\n\r\n";
    const paths = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? ALICE : routePath(`nobody-${n}`)));
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\n${head}`).join(""));
    let text = "";
    for await (const chunk of socket) {
      text += String(chunk);
      if ((text.match(/HTTP\/1\.1 /g) ?? []).length === 40 && text.endsWith("}")) break;
    }
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(paths.map((_, n) => (n % 2 === 0 ? "200" : "404")));
  });

  test("forgets clients that go away while they wait", async () => {
    const waiting = async (): Promise<string | undefined> =>
      /^mmp_api_changes_waiting (\d+)$/m.exec(await ask("/metrics", "none"))?.[1];
    const { cursor } = JSON.parse((await ask("/v1/changes", "edge-token", edge())).slice(4)) as {
      cursor: string;
    };
    const sockets = Array.from({ length: 5 }, () => {
      const socket = connect({ host: "127.0.0.1", port, ca: pem(authority.certFile), ...edge() });
      const head = "Host: x\r\nAuthorization: Bearer edge-token\r\n\r\n";
      socket.write(`GET /v1/changes?after=${cursor}&wait=50 HTTP/1.1\r\n${head}`);
      return socket;
    });
    await expect.poll(waiting, { timeout: 20_000 }).toBe("5");
    for (const socket of sockets) socket.destroy();
    await expect.poll(waiting, { timeout: 20_000 }).toBe("0");
  });

  test.each([
    ["TLS 1.1", { maxVersion: "TLSv1.1", minVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }],
    ["a suite without forward secrecy", { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }],
    ["CBC", { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256" }],
  ] as const)("refuses %s", async (_what, options) => {
    await expect(ask("/livez", "none", { ...options, rejectUnauthorized: false })).rejects.toThrow();
  });

  test("serves TLS 1.2 with an AEAD suite", async () => {
    expect(await ask("/livez", "none", { maxVersion: "TLSv1.2" })).toMatch(/^200 /);
  });

  test("is found by mmp health and mmp route, which trust only the CA that is configured", async () => {
    const config = join(api.folder, "mmp.yaml");
    const [program, ...first] = RUNTIMES[runtime];
    const mmp = (...args: string[]) => run(program, [...first, ...args, "--config", config]);
    expect(await mmp("health", "route-api")).toMatchObject({ code: 0 });
    const { certFile, keyFile } = authority.issue(`agent-${runtime}`);
    const before = pem(config);
    const reach = (ca: string): void => {
      const fields = {
        url: `https://localhost:${port}`,
        caFile: ca,
        clientCertFile: certFile,
        clientKeyFile: keyFile,
      };
      const lines = Object.entries(fields).map(([field, value]) => `  ${field}: ${value}\n`);
      writeFileSync(config, before.replace("routeApi:\n", `routeApi:\n${lines.join("")}`));
    };
    reach(authority.certFile);
    expect(await mmp("route", "alice")).toMatchObject({
      code: 0,
      output: expect.stringContaining("alice@example.com"),
    });
    // As the edges of a deployment have them: several CAs in one file.
    const bundle = join(folder.path, `bundle-${runtime}.pem`);
    writeFileSync(bundle, pem(AMAZON_CAS) + pem(authority.certFile));
    reach(bundle);
    expect(await mmp("route", "alice")).toMatchObject({ code: 0 });
    reach(AMAZON_CAS);
    expect(await mmp("route", "alice")).toMatchObject({
      output: expect.stringMatching(/unreachable: .*certificate/i),
    });
    reach(strangers.certFile);
    expect(await mmp("route", "alice")).toMatchObject({
      output: expect.stringMatching(/unreachable: .*certificate/i),
    });
    writeFileSync(config, before);
  });

  test("shows a new certificate once its files change, and keeps open connections", async () => {
    const old = connect({ host: "127.0.0.1", port, ca: pem(authority.certFile), ...edge() });
    await once(old, "secureConnect");
    const name = async (): Promise<unknown> => {
      const socket = connect({ host: "127.0.0.1", port, ca: pem(authority.certFile) });
      await once(socket, "secureConnect");
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return CN;
    };
    expect(await name()).toBe(`first-${runtime}`);
    const next = issue(authority, `second-${runtime}`);
    for (const kind of ["crt", "key"])
      writeFileSync(
        join(folder.path, `first-${runtime}.${kind}`),
        pem(kind === "crt" ? next.certFile : next.keyFile),
      );
    await expect.poll(name, { timeout: 20_000 }).toBe(`second-${runtime}`);
    old.write(`GET ${ALICE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer edge-token\r\n\r\n`);
    expect(String((await once(old, "data"))[0])).toMatch(/^HTTP\/1\.1 200 /);
    old.destroy();
  });

  test("keeps the old certificate if the new one cannot be used, and says so", async () => {
    writeFileSync(join(folder.path, `first-${runtime}.crt`), "rubbish");
    const line = await api.child.line((text) => text.includes('"configuration not reloaded"'));
    expect(line).toContain("contains no PEM certificate");
    expect(await ask("/livez", "none")).toMatch(/^200 /);
  });
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("a self-signed route API on %s", (runtime) => {
  let api: RunningApi;
  let port: number;

  beforeAll(async () => {
    api = await runApi(runtime, { entries: [accountOf("alice")], routeApi: { selfSigned: true } });
    port = Number(new URL(api.url).port);
  });
  afterAll(() => api?.stop());

  const statusOf = (token: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${token}` };
      const where = { host: "127.0.0.1", port, path: routePath("alice"), headers, agent: false };
      request({ ...where, rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
  async function shown(): Promise<X509Certificate> {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { raw } = socket.getPeerCertificate();
    socket.destroy();
    return new X509Certificate(raw);
  }

  test("serves TLS alone, with a new key of P-256 that outlives it", async () => {
    const certificate = await shown();
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(9 * 365 * 86_400_000);
    await expect(api.fetch("/livez")).rejects.toThrow();
  });

  test("is alive to mmp health", async () => {
    const [program, ...first] = RUNTIMES[runtime];
    const args = ["health", "route-api", "--config", join(api.folder, "mmp.yaml")];
    expect(await run(program, [...first, ...args])).toMatchObject({ code: 0 });
  });

  test("keeps its certificate when other files change", async () => {
    const before = await shown();
    writeFileSync(join(api.folder, "support-token"), "next-token\n");
    await expect.poll(() => statusOf("next-token"), { timeout: 20_000 }).toBe(200);
    expect((await shown()).fingerprint256).toBe(before.fingerprint256);
  });
});

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("an edge on %s", (runtime) => {
  /** What a user who does not exist is told by an edge that trusts `ca` and presents a certificate of `signer`. */
  async function answer(ca: CertificateAuthority, signer: CertificateAuthority): Promise<string> {
    const own = makeFolder("edge-tls");
    const port = await freePort();
    const served = issue(authority, `up-${runtime}`);
    const shown = signer.issue(`up-edge-${runtime}`);
    writeFileSync(join(own.path, "token"), "a-token\n");
    writeFileSync(join(own.path, "users.ldif"), "dn: uid=a,o=x\nuid: a\nmailHost: store\n");
    const config = join(own.path, "mmp.yaml");
    writeFileSync(
      config,
      stringify({
        routeStore: { sqlite: "routes.db" },
        directory: { ldif: "users.ldif" },
        routeApi: {
          listen: `127.0.0.1:${port}`,
          url: `https://localhost:${port}`,
          certFile: served.certFile,
          keyFile: served.keyFile,
          clientCaFile: authority.certFile,
          caFile: ca.certFile,
          clientCertFile: shown.certFile,
          clientKeyFile: shown.keyFile,
          tokenFile: "token",
        },
        stores: { store: { imap: { port: 143 } } },
        instances: {
          main: {
            workers: 1,
            allowPlaintextLogin: true,
            listeners: [{ protocol: "imap", address: "127.0.0.1", port: 0 }],
          },
        },
      }),
    );
    const [program, ...first] = RUNTIMES[runtime];
    const child = start(program, [...first, "up", "--config", config, "--drain-seconds", "1"]);
    try {
      const line = await child.line(
        (text) => text.includes('"msg":"listening"') && text.includes("listeners"),
      );
      const { listeners } = JSON.parse(line) as { listeners: { port: number }[] };
      const client = await lineClient(listeners[0]?.port ?? 0);
      await client.until(/^\* OK/);
      return await logIn(client, "imap", "command", "nobody", "x");
    } finally {
      await child.stop("SIGKILL");
      own.remove();
    }
  }

  test("asks an API with a certificate of the pinned CA, by a certificate of its own", async () => {
    expect(await answer(authority, authority)).toContain("NO [AUTHENTICATIONFAILED]");
  });

  test("asks no API that another CA vouches for", async () => {
    expect(await answer(strangers, authority)).toContain("NO [UNAVAILABLE]");
  });

  test("learns nothing with a certificate of another CA", async () => {
    expect(await answer(authority, strangers)).toContain("NO [UNAVAILABLE]");
  });
});
