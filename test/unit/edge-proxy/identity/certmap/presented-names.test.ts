import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeDn } from "../../../../../edge-proxy/identity/certmap/distinguished-name.ts";
import { readCertificate } from "../../../../../edge-proxy/identity/certmap/presented-names.ts";
import { hostileText } from "../../protocol/hostile-text.ts";
import { certificateWith, derOf, nameWith, stringWith } from "./der-writer.ts";

const derOfFile = (name: string): Buffer =>
  new X509Certificate(readFileSync(new URL(`../../../../fixtures/certificates/${name}.pem`, import.meta.url)))
    .raw;

describe("the names in a certificate", () => {
  // Made by openssl; each is its own issuer.
  test.each([
    ["email", "e=pilar@airius.com,cn=Pilar Lorca,ou=pilar,o=airius.com"],
    ["line-end", "cn=eve\\0aCN\\=admin,o=Acme"],
    ["separators", 'cn=eve\\,CN\\=admin\\;uid\\=root\\+uid\\=x \\"\\<\\>\\" #,o=Acme\\, Inc.'],
    ["multi-valued", "cn=Ann Lee+uid=ann,dc=example,dc=com"],
    ["unicode", 'cn=\\20Zoë \\"Z\\" \\\\#1,o=Größe ☃,c=DE'],
    ["bmp", "cn=Björn,o=Acme"],
    ["filter", "uid=a\\\\\\\\2a,cn=*)(uid\\=*,o=Acme"],
  ])("%s", (file, subject) => {
    const der = derOfFile(file);
    const certificate = readCertificate(der);
    expect(certificate && writeDn(certificate.subject)).toBe(subject);
    expect(certificate?.issuer).toEqual(certificate?.subject);
    expect(certificate?.fingerprint).toBe(
      new X509Certificate(der).fingerprint256.replaceAll(":", "").toLowerCase(),
    );
  });

  test.each([
    ["UTF8String", stringWith(0x0c, "é"), { value: "é" }],
    ["UTF8String that is none", derOf(0x0c, Uint8Array.of(0xff)), { value: undefined, ber: "0c01ff" }],
    ["PrintableString", stringWith(0x13, "Acme"), { value: "Acme" }],
    ["PrintableString beyond ASCII", derOf(0x13, Uint8Array.of(0xe9)), { value: undefined, ber: "1301e9" }],
    ["IA5String with NUL", derOf(0x16, Uint8Array.of(0x61, 0, 0x62)), { value: "a\0b" }],
    ["TeletexString", derOf(0x14, Uint8Array.of(0xe9)), { value: "é" }],
    ["BMPString", derOf(0x1e, Uint8Array.of(0, 0xe9, 0x26, 0x03)), { value: "é☃" }],
    [
      "BMPString cut short",
      derOf(0x1e, Uint8Array.of(0, 0xe9, 0x26)),
      { value: undefined, ber: "1e0300e926" },
    ],
    [
      "BMPString with half a pair",
      derOf(0x1e, Uint8Array.of(0xd8, 0)),
      { value: undefined, ber: "1e02d800" },
    ],
    ["UniversalString", derOf(0x1c, Uint8Array.of(0, 1, 0xf6, 0)), { value: "😀" }],
    [
      "UniversalString beyond Unicode",
      derOf(0x1c, Uint8Array.of(1, 0, 0, 0)),
      { value: undefined, ber: "1c0401000000" },
    ],
    ["INTEGER", derOf(0x02, Uint8Array.of(5)), { value: undefined, ber: "020105" }],
  ])("%s", (_, value, read) => {
    const subject = nameWith([[["2.5.4.3", value]]]);
    expect(readCertificate(certificateWith(nameWith([]), subject))?.subject).toEqual([
      [{ type: "cn", ...read }],
    ]);
  });

  const value = hostileText({ maxLength: 200 });
  const names = fc.array(
    fc.array(fc.tuple(fc.constantFrom("2.5.4.3", "1.2.840.99999.1"), value), { minLength: 1, maxLength: 3 }),
  );

  test("any values come out as they went in", () => {
    fc.assert(
      fc.property(names, names, fc.boolean(), (issuer, subject, versioned) => {
        const [one, other] = [issuer, subject].map((name) =>
          nameWith(name.map((parts) => parts.map(([oid, text]) => [oid, stringWith(0x0c, text)] as const))),
        );
        const read = readCertificate(certificateWith(one ?? "", other ?? "", versioned));
        const plain = [issuer, subject].map((name) =>
          name
            .map((parts) =>
              parts.map(([oid, text]) => ({ type: oid === "2.5.4.3" ? "cn" : oid, value: text })),
            )
            .reverse(),
        );
        expect([read?.issuer, read?.subject]).toEqual(plain);
      }),
    );
  });

  test("no bytes but a whole certificate are taken, and none throws", () => {
    const der = derOfFile("email");
    for (let length = 0; length < der.length; length++) {
      expect(readCertificate(der.subarray(0, length))).toBeUndefined();
    }
    expect(readCertificate(Buffer.concat([der, Uint8Array.of(0)]))).toBeUndefined();
    expect(readCertificate(Uint8Array.of(0x30, 0x80, 0, 0))).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), (at, byte) => {
        const changed = Uint8Array.from(der);
        changed[at] = byte;
        readCertificate(changed);
      }),
      { numRuns: 2000 },
    );
  });
});
