import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ClientCertificateTrust,
  clientAuthorities,
  TrustError,
} from "../../../edge-proxy/x509/client-authorities.ts";
import { pemBlocks } from "../../../edge-proxy/x509/pem.ts";
import {
  AHEAD,
  CA,
  type CertificateAuthority,
  CLIENT,
  type IssuedCertificate,
  LESS_PAST,
  makeAuthority,
  PAST,
  SERVER,
} from "../../support/certificate-authority.ts";
import { makeFolder } from "../../support/workspace.ts";

const pem = ({ certFile }: IssuedCertificate): string => readFileSync(certFile, "utf8");
const der = (certificate: IssuedCertificate): Uint8Array =>
  pemBlocks(pem(certificate), "CERTIFICATE")[0] ?? new Uint8Array();
const judge = (trust: ClientCertificateTrust, certificate: IssuedCertificate, nowMs = Date.now()) =>
  clientAuthorities(trust).judge(der(certificate), nowMs);

let folder: { path: string; remove(): void };
let root: CertificateAuthority;
let issuing: CertificateAuthority;
let trust: ClientCertificateTrust;

beforeAll(() => {
  folder = makeFolder("authorities");
  root = makeAuthority(folder.path, "root");
  issuing = root.below("issuing");
  trust = { ca: pem(root) + pem(issuing) };
});
afterAll(() => folder?.remove());

describe("a client's certificate", () => {
  test.each([
    ["of a trusted CA", undefined, {}],
    ["without extendedKeyUsage", undefined, { extensions: [CLIENT[0]] }],
    ["for any purpose", undefined, { extensions: ["extendedKeyUsage=anyExtendedKeyUsage"] }],
    [
      "with critical extensions that are understood",
      undefined,
      {
        extensions: [
          "extendedKeyUsage=critical,clientAuth",
          "keyUsage=critical,digitalSignature",
          "subjectAltName=critical,email:a@b.example",
        ],
      },
    ],
    ["past its time", "expired", { until: LESS_PAST }],
    ["before its time", "not-yet-valid", { from: AHEAD }],
    ["for servers", "wrong-purpose", { extensions: SERVER }],
    ["whose key may encrypt only", "wrong-purpose", { extensions: ["keyUsage=keyEncipherment"] }],
    ["with an unknown critical extension", "unreadable", { extensions: ["1.2.3.4=critical,ASN1:NULL"] }],
    ["signed by SHA-1", "untrusted", { sign: ["-md", "sha1"] }],
    ["signed by SHA-512", undefined, { sign: ["-md", "sha512"] }],
  ] as const)("%s: %s", (name, expected, options) => {
    expect(judge(trust, root.issue(name.replaceAll(" ", "-"), options))).toBe(expected);
  });

  test("counts only where a CA of the file has signed it", () => {
    const foreign = makeAuthority(folder.path, "foreign");
    // The same name, another key.
    const impostor = makeAuthority(folder.path, "impostor", { subject: "/O=Example/CN=root" });
    const direct = issuing.issue("by-issuing");
    expect(judge(trust, foreign.issue("by-foreign"))).toBe("untrusted");
    expect(judge(trust, impostor.issue("by-impostor"))).toBe("untrusted");
    expect(judge(trust, direct)).toBeUndefined();
    expect(judge({ ca: pem(root) }, direct)).toBe("untrusted");
    expect(judge({ ca: pem(issuing) }, direct)).toBeUndefined();
  });

  test("is not believed with one bit changed, and nothing that is cut short is read", () => {
    const good = der(root.issue("bits"));
    const authorities = clientAuthorities(trust);
    expect(authorities.judge(good, Date.now())).toBeUndefined();
    for (let at = 0; at < good.length; at++) {
      const changed = Uint8Array.from(good);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect([at, authorities.judge(changed, Date.now())]).not.toEqual([at, undefined]);
      expect(authorities.judge(good.subarray(0, at), Date.now())).toBe("unreadable");
    }
  });

  test("with a purpose of no bounds is refused before anybody works it out", () => {
    const long = root.issue("long-oid", { extensions: [`extendedKeyUsage=1.2.${"9".repeat(400)}.1`] });
    expect(judge(trust, long)).toBe("unreadable");
  });

  test.each([
    ["rsa", ["rsa:2048"], []],
    ["rsa-pss", ["rsa:2048"], ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]],
    ["p384", ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], []],
    ["p521", ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"], []],
    ["ed25519", ["ed25519"], ["-md", "default"]],
  ])("may be signed by a key of %s", (name, newKey, sign) => {
    const authority = makeAuthority(folder.path, `ca-${name}`, { newKey });
    const leaf = authority.issue(`leaf-${name}`, { sign });
    expect(judge({ ca: pem(authority) }, leaf)).toBeUndefined();
  });

  test("falls with a CA above it that is past its time", () => {
    const old = root.below("old", { until: LESS_PAST });
    expect(judge({ ca: pem(root) + pem(old) }, old.issue("by-old"))).toBe("expired");
  });
});

describe("revocation lists", () => {
  test("take out what is on them, and a list past its time takes out all of its CA", () => {
    const authority = makeAuthority(folder.path, "revoking");
    const [good, bad] = [authority.issue("kept"), authority.issue("taken-out")];
    const other = root.issue("of-another-ca");
    const before = authority.revocations([PAST, AHEAD]);
    authority.revoke(bad);
    const ca = pem(authority) + pem(root);
    const listed = { ca, crl: authority.revocations() };
    expect([good, bad, other].map((one) => judge(listed, one))).toEqual([undefined, "revoked", undefined]);
    // Several lists of one CA: the newest counts, wherever it stands.
    expect(judge({ ca, crl: before + listed.crl }, bad)).toBe("revoked");
    expect(judge({ ca, crl: listed.crl + before }, bad)).toBe("revoked");
    const stale = { ca, crl: authority.revocations([PAST, LESS_PAST]) };
    expect([good, bad, other].map((one) => judge(stale, one))).toEqual(["crl-expired", "revoked", undefined]);
  });

  test("of a root take out the CA below, with all that it has signed", () => {
    const top = makeAuthority(folder.path, "top");
    const lower = top.below("lower");
    const leaf = lower.issue("by-lower");
    const ca = pem(top) + pem(lower);
    expect(judge({ ca, crl: top.revocations() }, leaf)).toBeUndefined();
    top.revoke(lower);
    expect(judge({ ca, crl: top.revocations() }, leaf)).toBe("revoked");
  });

  test("are refused where they are a part, or of a CA that is not ours", () => {
    const partial = root.revocations(undefined, [
      "issuingDistributionPoint=critical,@idp",
      "[idp]",
      "onlyuser=TRUE",
    ]);
    const foreign = makeAuthority(folder.path, "listing").revocations();
    expect(() => clientAuthorities({ ...trust, crl: partial })).toThrow(/critical extension 2\.5\.29\.28/);
    expect(() => clientAuthorities({ ...trust, crl: foreign })).toThrow(/not signed by a CA/);
    expect(() => clientAuthorities({ ...trust, crl: "rubbish" })).toThrow(TrustError);
  });
});

describe("the file of CAs", () => {
  test.each([
    ["nothing in it", () => "rubbish", "holds no certificate"],
    ["a client's certificate", () => pem(root) + pem(root.issue("no-ca")), "certificate 2 is not a CA's"],
    [
      "a CA that may not sign",
      () => pem(root.below("mute", { extensions: [CA[0], "keyUsage=cRLSign"] })),
      "not a CA's",
    ],
    [
      "a CA for some names",
      () => pem(root.below("named", { extensions: [...CA, "nameConstraints=permitted;email:.example.com"] })),
      "name constraints",
    ],
    [
      "a block that is no certificate",
      () => "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
      "certificate 1 cannot be used",
    ],
  ])("is refused with %s", (_name, ca, message) => {
    expect(() => clientAuthorities({ ca: ca() })).toThrow(message);
  });
});
