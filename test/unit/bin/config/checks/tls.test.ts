import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { warningsOf } from "../../../../../bin/config/checks/warnings.ts";
import { parseConfiguration } from "../../../../../bin/config/load.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-tls-checks-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A certificate with its key, for these names. */
function pair(name: string, newKey: readonly string[], ...names: string[]): object {
  const [certFile, keyFile] = [`${name}.crt`, `${name}.key`];
  const alternatives = names.map((each) => `DNS:${each}`).join(",");
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-nodes", "-days", "10", "-subj", `/CN=${names[0]}`, "-newkey", ...newKey],
      ...["-addext", `subjectAltName=${alternatives}`, "-keyout", keyFile, "-out", certFile],
    ],
    { cwd: folder, stdio: "ignore" },
  );
  return { certFile, keyFile };
}
writeFileSync(join(folder, "token"), "x\n");
writeFileSync(join(folder, "long-secret"), `${"x".repeat(32)}\n`);
const EC = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RSA = pair("rsa", ["rsa:2048"], "mail.example", "*.mail.example");
const RSA_TOO = pair("rsa-too", ["rsa:2048"], "mail.example");
const SHORT = pair("short", ["rsa:1024"], "short.example");
const EC_SAME = pair("ec-same", EC, "other.example", "MAIL.example");
const EC_OTHER = pair("ec-other", EC, "other.example");
const MARK = "\ufeff";
const marked = (file: string): string => {
  writeFileSync(join(folder, `marked-${file}`), MARK + readFileSync(join(folder, file), "utf8"));
  return `marked-${file}`;
};

function parsed(tls: object, store: object, instance: object = {}): ReturnType<typeof parseConfiguration> {
  const listeners = [{ protocol: "imap", port: 1143, tls: "starttls" }];
  const text = stringify({
    routeApi: { tokenFile: "token" },
    stores: { "*": { imap: { port: 143, tls: "starttls" }, ...store } },
    instances: { main: { listeners, tls, ...instance } },
  });
  return parseConfiguration(join(folder, "mmp.yaml"), text);
}

/** What `mmp check` says, without places. */
function mistakes(tls: object, store: object = {}): string[] {
  const result = parsed(tls, store);
  return result.ok
    ? []
    : result.mistakes.map(({ field, text: why }) => `${field}: ${why}`.replaceAll(`${folder}/`, ""));
}

const AT = "instances.main.tls";
const BOM = "begins with a byte order mark (BOM): save it without";

describe("what mmp check says of TLS", () => {
  test.each<[string, object, string | undefined]>([
    ["nothing of RSA and EC for different names", { certificates: [RSA, EC_OTHER] }, undefined],
    ["nothing of two RSA certificates for one name", { certificates: [RSA, RSA_TOO] }, undefined],
    [
      "RSA and EC for one name",
      { certificates: [RSA, EC_SAME] },
      `${AT}.certificates[1].certFile: ec-same.crt is for mail.example, as rsa.crt is, with a key of another type; only the first would be used`,
    ],
    [
      "a short RSA key",
      { certificates: [RSA, SHORT] },
      `${AT}.certificates[1].certFile: short.crt has an RSA key of 1024 bits; at least 2048 are needed`,
    ],
    [
      "a mark before a certificate",
      { certificates: [{ ...RSA, certFile: marked("rsa.crt") }] },
      `${AT}.certificates[0].certFile: marked-rsa.crt ${BOM}`,
    ],
    [
      "a mark before a key",
      { certificates: [{ ...RSA, keyFile: marked("rsa.key") }] },
      `${AT}.certificates[0].keyFile: marked-rsa.key ${BOM}`,
    ],
    [
      "a mark before clients' CAs",
      { certificates: [RSA], clientCaFile: marked("rsa.crt") },
      `${AT}.clientCaFile: marked-rsa.crt ${BOM}`,
    ],
    [
      "nothing of a long secret of tickets",
      { certificates: [RSA], ticketSecretFile: "long-secret" },
      undefined,
    ],
    [
      "a short secret of tickets",
      { certificates: [RSA], ticketSecretFile: "token" },
      `${AT}.ticketSecretFile: token has 1 characters; at least 32 are needed (openssl rand -base64 48)`,
    ],
    [
      "no secret of tickets where it should be",
      { certificates: [RSA], ticketSecretFile: "nowhere" },
      `${AT}.ticketSecretFile: nowhere does not exist`,
    ],
    ["nothing of known suites", { certificates: [RSA], ciphers: "ECDHE-RSA-AES256-GCM-SHA384" }, undefined],
    [
      "unknown suites",
      { certificates: [RSA], ciphers: "NO-SUCH-SUITE" },
      `${AT}.ciphers: NO-SUCH-SUITE names no cipher suite that this runtime has`,
    ],
  ])("%s", (_name, tls, mistake) => {
    expect(mistakes(tls)).toEqual(mistake === undefined ? [] : [mistake]);
  });

  test.each<[string, object, string]>([
    ["unknown suites", { ciphers: "X" }, "stores.*.ciphers: X names no cipher suite that this runtime has"],
    ["a mark before its CAs", { caFile: marked("rsa.crt") }, `stores.*.caFile: marked-rsa.crt ${BOM}`],
    [
      "a short RSA key of the edge",
      { certFile: "short.crt", keyFile: "short.key" },
      "stores.*.certFile: short.crt has an RSA key of 1024 bits; at least 2048 are needed",
    ],
  ])("of a store: %s", (_name, store, mistake) => {
    expect(mistakes({ certificates: [RSA] }, store)).toEqual([mistake]);
  });

  test.each([
    ["10.0.0.1", []],
    [
      "sni:mail.example",
      [
        "instances.main: tls.ticketSecretFile has no effect beside sni: virtual domains: Node would forget the server name of a resumed session, so none is resumed",
      ],
    ],
  ])("warns where no ticket is shared: a virtual domain by %s", (place, warnings) => {
    writeFileSync(join(folder, "vdmap"), `vdmap one ${place}\none:DefaultDomain one.example\n`);
    const tls = { certificates: [RSA], ticketSecretFile: "long-secret" };
    const result = parsed(tls, {}, { virtualDomainFile: "vdmap" });
    const ofTickets = (text: string): boolean => text.includes("has no effect");
    expect(result.ok && warningsOf(result.configuration).filter(ofTickets)).toEqual(warnings);
  });
});
