import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AllInOne, allInOne } from "../../support/all-in-one.ts";
import { run } from "../../support/child.ts";
import { heardInAll, type LineClient, lineClient } from "../../support/clients/line-client.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { type Dovecot, mailText, startDovecot } from "../../support/stores/dovecot.ts";
import { freePort, makeCertificate, makeFolder } from "../../support/workspace.ts";

const PASSWORD = "secret";
const ACME = "info@acme.example";
const GLOBEX = "info@globex.example";
const SNI = "mail.globex.example";

let folder: { path: string; remove(): void };
let tls: Awaited<ReturnType<typeof makeCertificate>>;
/** Two stores, for the two users of one name. */
let stores: { acme: Dovecot; globex: Dovecot };

beforeAll(async () => {
  folder = makeFolder("virtual-domains");
  tls = await makeCertificate(folder.path, ["localhost", SNI]);
  stores = {
    acme: await startDovecot("acme-store", [{ login: ACME, password: PASSWORD }], tls),
    globex: await startDovecot("globex-store", [{ login: GLOBEX, password: PASSWORD }], tls),
  };
});
afterAll(async () => {
  await Promise.all([stores?.acme.remove(), stores?.globex.remove()]);
  folder?.remove();
});

const vdmapOf = (acme: string, globex: string, byPort: number): string => `# Two domains
vdmap acme ${acme}
acme:DefaultDomain acme.example

vdmap globex ${globex}
globex:DefaultDomain globex.example
globex:LdapCacheSize 0

vdmap by-port *:${byPort}
by-port:DefaultDomain globex.example

vdmap by-name sni:${SNI}
by-name:DefaultDomain globex.example

vdmap closed 127.0.0.4
closed:TCPAccess "-imap:127.0.0.0/8"

vdmap strict 127.0.0.5
strict:RestrictPlainPasswords yes

vdmap closed-name sni:closed.globex.example
closed-name:TCPAccess "+ALL:192.0.2.0/24"
`;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("virtual domains on %s", (runtime) => {
  let edge: AllInOne;
  let byPort: number;
  let imap: number;
  let pop3: number;
  let imaps: number;
  let proxied: number;

  beforeAll(async () => {
    byPort = await freePort();
    const service = (port: number) => ({ port, tls: "none" });
    const store = ({ imapPort, pop3Port }: Dovecot) => ({
      address: "127.0.0.1",
      imap: service(imapPort),
      pop3: service(pop3Port),
    });
    edge = await allInOne(runtime, {
      users: { [ACME]: ["acme-store"], [GLOBEX]: ["globex-store"] },
      files: { vdmap: vdmapOf("127.0.0.2", "127.0.0.3", byPort) },
      stores: { "acme-store": store(stores.acme), "globex-store": store(stores.globex) },
      instance: {
        virtualDomainFile: "vdmap",
        tls: { certificates: [{ certFile: tls.certFile, keyFile: tls.keyFile }] },
        listeners: [
          { protocol: "imap", address: "0.0.0.0", tls: "starttls" },
          { protocol: "pop3", address: "0.0.0.0" },
          { protocol: "imap", address: "0.0.0.0", tls: "implicit" },
          { protocol: "imap", port: byPort },
          { protocol: "imap", proxyProtocol: "any", trustedProxies: ["127.0.0.0/8"] },
        ],
      },
    });
    [imap = 0, pop3 = 0, imaps = 0, , proxied = 0] = edge.ports;
  });
  afterAll(() => edge?.stop());

  const curl = async (url: string, ...options: string[]): Promise<string> => {
    const args = ["-sS", "--max-time", "20", "--cacert", tls.caFile, "--user", `info:${PASSWORD}`];
    return (await run("curl", [...args, ...options, url])).output;
  };
  const acmes = mailText(ACME, "acme-store");
  const globexs = mailText(GLOBEX, "globex-store");

  test("the same name leads to two mailboxes, by the address that was connected to", async () => {
    expect(await curl(`imap://127.0.0.2:${imap}/INBOX;UID=1`)).toContain(acmes);
    expect(await curl(`imap://127.0.0.3:${imap}/INBOX;UID=1`)).toContain(globexs);
    expect(await curl(`pop3://127.0.0.2:${pop3}/1`)).toContain(acmes);
    expect(await curl(`pop3://127.0.0.3:${pop3}/1`)).toContain(globexs);
    expect(await edge.session(({ virtualDomain }) => virtualDomain === "globex")).toMatchObject({
      login: GLOBEX,
      account: GLOBEX,
      store: "globex-store",
    });
  });

  test("and to none where no domain is implied; whoever types the domain needs none", async () => {
    expect(await curl(`imap://127.0.0.1:${imap}/INBOX;UID=1`)).toContain("Login denied");
    const typed = await curl(`imap://127.0.0.2:${imap}/INBOX;UID=1`, "--user", `${GLOBEX}:${PASSWORD}`);
    expect(typed).toContain(globexs);
  });

  test("by a port of its own", async () => {
    expect(await curl(`imap://127.0.0.1:${byPort}/INBOX;UID=1`)).toContain(globexs);
  });

  test.each([
    ["TLS from the start", "imaps", []],
    ["STARTTLS", "imap", ["--ssl-reqd"]],
  ] as const)("by the name that is asked for by SNI, with %s", async (_what, scheme, options) => {
    const port = scheme === "imaps" ? imaps : imap;
    const ask = (host: string) =>
      curl(`${scheme}://${host}:${port}/INBOX;UID=1`, "--resolve", `${host}:${port}:127.0.0.1`, ...options);
    expect(await ask(SNI)).toContain(globexs);
    expect(await ask("localhost")).toContain("Login denied");
    // An address counts before a name.
    const both = ["--resolve", `${SNI}:${port}:127.0.0.2`, ...options];
    expect(await curl(`${scheme}://${SNI}:${port}/INBOX;UID=1`, ...both)).toContain(acmes);
  });

  test("by the destination of a PROXY header", async () => {
    const mail = async (destination: string): Promise<string> => {
      const client = await lineClient(proxied);
      client.send(`PROXY TCP4 192.0.2.1 ${destination} 40000 143\r\na LOGIN info ${PASSWORD}\r\n`);
      await client.until(/^a OK.*\r\n/m);
      client.send("b SELECT INBOX\r\nc FETCH 1 BODY[TEXT]\r\n");
      const text = await client.until(/^c OK.*\r\n/m);
      client.socket.destroy();
      return text;
    };
    expect(await mail("127.0.0.2")).toContain(acmes);
    expect(await mail("127.0.0.3")).toContain(globexs);
  });

  test("overrides what counts before the login: who may connect, and whether passwords need TLS", async () => {
    expect(await heardInAll(imap, "127.0.0.4")).toBe("");
    expect(await edge.session(({ virtualDomain }) => virtualDomain === "closed")).toMatchObject({
      reason: "access-denied",
      failures: [{ code: "access-denied", detail: expect.stringContaining("-imap:127.0.0.0/8") }],
    });
    const open = await lineClient(pop3, "127.0.0.4");
    await open.until(/^\+OK.*\r\n/);
    open.socket.destroy();
    const greeting = async (address: string): Promise<string> => {
      const client: LineClient = await lineClient(imap, address);
      const text = await client.until(/^\* OK .*\r\n/);
      client.socket.destroy();
      return text;
    };
    expect(await greeting("127.0.0.5")).toContain("LOGINDISABLED");
    expect(await greeting("127.0.0.2")).not.toContain("LOGINDISABLED");
  });

  test("refuses whom the domain of the SNI name does not allow, before the greeting", async () => {
    const host = "closed.globex.example";
    const resolve = ["--resolve", `${host}:${imaps}:127.0.0.1`, "--insecure"];
    expect(await curl(`imaps://${host}:${imaps}/`, ...resolve)).not.toContain("OK");
    expect(await edge.session(({ virtualDomain }) => virtualDomain === "closed-name")).toMatchObject({
      reason: "access-denied",
      failures: [{ code: "access-denied", detail: expect.stringContaining("no rule allows") }],
    });
  });

  test("reads the file again while it runs; a wrong one changes nothing, and is told by its line", async () => {
    const file = join(edge.folder, "vdmap");
    const reload = async (text: string, told: RegExp): Promise<void> => {
      const seen = edge.child.lines.length;
      writeFileSync(file, text);
      process.kill(edge.child.pid, "SIGHUP");
      await edge.child.line((line) => edge.child.lines.indexOf(line) >= seen && told.test(line));
    };
    const swapped = vdmapOf("127.0.0.3", "127.0.0.2", byPort);
    const wrong = swapped.replace("acme:DefaultDomain", "acme:LdapUrl");
    await reload(wrong, /vdmap:3: LdapUrl is not supported: .*configuration not reloaded/);
    expect(await curl(`imap://127.0.0.2:${imap}/INBOX;UID=1`)).toContain(acmes);
    await reload(swapped, /"configuration reloaded"/);
    expect(await curl(`imap://127.0.0.2:${imap}/INBOX;UID=1`)).toContain(globexs);
    expect(await curl(`imap://127.0.0.3:${imap}/INBOX;UID=1`)).toContain(acmes);
  });
});
