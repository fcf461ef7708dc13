import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run, start } from "../../support/child.ts";
import { BASE, person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { type Dovecot, mailText, startDovecot } from "../../support/stores/dovecot.ts";
import { freePort, makeCertificate, makeFolder, PROJECT } from "../../support/workspace.ts";

const FIXTURES = join(PROJECT, "test/fixtures/import");
const folder = makeFolder("import");
const mmp = (...args: string[]) => run("bun", ["bin/mmp.ts", ...args]);

let pems: { certFile: string; keyFile: string; caFile: string };
beforeAll(async () => {
  pems = await makeCertificate(folder.path);
});
afterAll(() => folder.remove());

/** Does what the report asks of a human: certificate and key under the names that mmp.yaml has. */
function putCertificates(out: string): void {
  const yaml = readFileSync(join(out, "mmp.yaml"), "utf8");
  mkdirSync(join(out, "certificates"), { recursive: true });
  for (const [, certificate = "", key = ""] of yaml.matchAll(/certFile: (\.\S+), keyFile: (\.\S+) /g)) {
    cpSync(pems.certFile, join(out, certificate));
    cpSync(pems.keyFile, join(out, key));
  }
}

describe.each(["netscape-4.1", "iplanet-5", "sun-7", "oracle-8", "perdition", "nginx"])("%s", (family) => {
  test("is imported by the command, and passes mmp check once the certificates are there", async () => {
    const input = join(folder.path, family);
    const out = join(folder.path, `${family}-out`);
    cpSync(join(FIXTURES, family), input, { recursive: true });
    mkdirSync(join(input, "tls"));
    cpSync(pems.certFile, join(input, "tls/mail.crt"));
    cpSync(pems.keyFile, join(input, "tls/mail.key"));
    const { code, output } = await mmp("import", input, "--out", out);
    expect([code, output]).toEqual([0, expect.stringMatching(/mmp.yaml: \d+ carried over/)]);
    putCertificates(out);
    expect(await mmp("check", "--config", join(out, "mmp.yaml"))).toMatchObject({ code: 0 });
  });
});

describe("the command", () => {
  test("replaces nothing unless it is forced to", async () => {
    const args = ["import", join(FIXTURES, "netscape-4.1"), "--out", join(folder.path, "twice")];
    expect(await mmp(...args)).toMatchObject({ code: 0 });
    expect(await mmp(...args)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^mmp: .* already has .*; use --force/),
    });
    expect(await mmp(...args, "--force")).toMatchObject({ code: 0 });
  });

  test("names file and line of what is wrong, and writes nothing", async () => {
    const input = join(folder.path, "ImapProxyAService.cfg");
    const out = join(folder.path, "wrong");
    writeFileSync(input, "# x\ndefault:SSLEnable perhaps\n");
    const { code, output } = await mmp("import", input, "--out", out);
    expect([code, output]).toEqual([2, `mmp: ${input}:2: SSLEnable must be yes or no, not "perhaps"`]);
    expect(existsSync(out)).toBe(false);
  });
});

describe("an imported configuration", () => {
  const ALICE = "alice@example.com";
  const PASSWORD = "pass word";
  let store: Dovecot;
  let slapd: Slapd;
  beforeAll(async () => {
    store = await startDovecot("store1", [{ login: ALICE, password: PASSWORD }], pems);
    slapd = await startSlapd(person("alice", [`mail: ${ALICE}`, "mailHost: 127.0.0.1"]));
  });
  afterAll(async () => {
    await Promise.all([store?.remove(), slapd?.remove()]);
  });

  /** Runs `mmp up` on Bun, and `use` while it listens. */
  async function whileUp(config: string, use: () => Promise<void>): Promise<void> {
    // The route API's port is the one thing that a test must choose: others run on this machine, too.
    const yaml = readFileSync(config, "utf8").replaceAll("127.0.0.1:8080", `127.0.0.1:${await freePort()}`);
    writeFileSync(config, yaml);
    const child = start("bun", ["bin/mmp.ts", "up", "--config", config, "--drain-seconds", "1"]);
    try {
      await child.line((line) => line.includes('"msg":"listening"'));
      await use();
    } finally {
      await child.stop();
    }
  }

  const curl = async (url: string, login: string, ...options: string[]): Promise<string> => {
    const args = ["-sS", "--max-time", "20", "--cacert", pems.caFile, "--user", `${login}:${PASSWORD}`];
    return (await run("curl", [...args, ...options, url])).output;
  };

  test("is what docs/migration.md shows: import, check, up, and a login by IMAP and POP3", async () => {
    const input = join(folder.path, "documented");
    const out = join(folder.path, "documented-out");
    const [imap, imaps, pop3] = [await freePort(), await freePort(), await freePort()];
    const text = readFileSync(join(PROJECT, "docs/migration.md"), "utf8");
    mkdirSync(input);
    for (const [, name = "", lines = ""] of text.matchAll(/^`(\w+\.cfg)`:\n\n```\n([^`]*)```/gm)) {
      const here = lines
        .replace("@143|993", `@${imap}|${imaps}`)
        .replace("@110", `@${pop3}`)
        .replace(/(SSLPorts +)993/, `$1${imaps}`)
        .replace("ldap://ldap.example.com:389", slapd.url)
        .replace(/(BacksidePort +)1143/, `$1${store.imapPort}`)
        .replace(/(BacksidePort +)1110/, `$1${store.pop3Port}`);
      writeFileSync(join(input, name), here);
    }
    expect(readdirSync(input)).toEqual(["AService.cfg", "ImapProxyAService.cfg", "PopProxyAService.cfg"]);
    expect(text).toContain(`/${BASE}"`);

    const command = (first: string): string[] => {
      const line = new RegExp(`^ +mmp (${first} .*)$`, "m").exec(text)?.[1] ?? "";
      return line.replace("/opt/mmp/config", input).replaceAll("/etc/mmp", out).split(" ");
    };
    expect(await mmp(...command("import"))).toMatchObject({ code: 0 });
    putCertificates(out);
    expect(await mmp(...command("check"))).toMatchObject({ code: 0 });
    await whileUp(join(out, "mmp.yaml"), async () => {
      const { output } = await mmp(...command("route"));
      expect(output).toMatch(/^alice is the account alice@example.com\n.*\n +store: +127\.0\.0\.1/);
      const expected = expect.stringContaining(mailText(ALICE, "store1"));
      expect(await curl(`imaps://localhost:${imaps}/INBOX;UID=1`, "alice")).toEqual(expected);
      expect(await curl(`imap://localhost:${imap}/INBOX;UID=1`, ALICE, "--ssl-reqd")).toEqual(expected);
      expect(await curl(`pop3://localhost:${pop3}/1`, ALICE)).toEqual(expected);
    });
  });

  test("serves the users of a popmap", async () => {
    const out = join(folder.path, "popmap-out");
    const [imap, pop3] = [await freePort(), await freePort()];
    const popmap = join(folder.path, "popmap");
    writeFileSync(popmap, `al: ${ALICE}@127.0.0.1:${store.imapPort}\n`);
    expect(await mmp("import", popmap, "--out", out)).toMatchObject({ code: 0 });
    const config = join(out, "mmp.yaml");
    const yaml = readFileSync(config, "utf8")
      .replace("protocol: imap, port: 143", `protocol: imap, port: ${imap}`)
      .replace("protocol: pop3, port: 110", `protocol: pop3, port: ${pop3}`);
    writeFileSync(config, yaml);
    await whileUp(config, async () => {
      const mail = await curl(`imap://localhost:${imap}/INBOX;UID=1`, "al");
      expect(mail).toContain(mailText(ALICE, "store1"));
    });
  });
});
