import { sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientTrustWarnings } from "../../../bin/config/checks/client-trust.ts";
import {
  type ClientCertificateTrust,
  clientAuthorities,
  TrustError,
} from "../../../edge-proxy/x509/client-authorities.ts";
import { type DerElement, derAt, derChildren } from "../../../edge-proxy/x509/der.ts";
import { pemBlocks } from "../../../edge-proxy/x509/pem.ts";
import {
  AHEAD,
  CA,
  type CertificateAuthority,
  CLIENT,
  FAR_AHEAD,
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

/** The same list without its nextUpdate, signed again. */
function withoutNextUpdate(list: string, { keyFile }: IssuedCertificate): string {
  const [bytes = new Uint8Array()] = pemBlocks(list, "X509 CRL");
  const [content, algorithm] = derChildren(bytes, derAt(bytes, 0, bytes.length));
  if (content === undefined || algorithm === undefined) throw new Error("no list");
  const part = ({ start, end }: DerElement): Uint8Array => bytes.subarray(start, end);
  // Version, algorithm, issuer, thisUpdate, nextUpdate.
  const fields = derChildren(bytes, content).toSpliced(4, 1).map(part);
  const signed = derOf(0x30, ...fields);
  const signature = sign("sha256", signed, readFileSync(keyFile));
  const whole = derOf(0x30, signed, part(algorithm), derOf(0x03, Uint8Array.of(0), signature));
  return `-----BEGIN X509 CRL-----\n${whole.toString("base64")}\n-----END X509 CRL-----\n`;
}

function derOf(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag, 0x82, content.length >> 8, content.length & 0xff), content]);
}

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
    ["with an RSA key of 1,024 bits", "weak-key", { newKey: ["rsa:1024"] }],
    [
      "with a curve that it describes by itself",
      "weak-key",
      { newKey: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"] },
    ],
    ["with a key on a small curve", "weak-key", { newKey: ["ec", "-pkeyopt", "ec_paramgen_curve:P-224"] }],
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

  test("falls with a CA above it that has expired, unless the CA was renewed", () => {
    const old = root.below("old", { until: LESS_PAST });
    const leaf = old.issue("by-old");
    expect(judge({ ca: pem(root) + pem(old) }, leaf)).toBe("expired");
    const renewed = root.below("renewed", { subject: "/O=Example/CN=old", keyOf: old });
    for (const ca of [pem(old) + pem(renewed), pem(renewed) + pem(old)]) {
      expect(judge({ ca: pem(root) + ca }, leaf)).toBeUndefined();
      expect(
        judge({ ca: pem(root) + ca, crl: root.revocations() + renewed.revocations() }, leaf),
      ).toBeUndefined();
    }
  });

  test("stands below no more CAs than they allow", () => {
    const length = (pathLength: number): readonly string[] => [
      `basicConstraints=critical,CA:true,pathlen:${pathLength}`,
      CA[1],
    ];
    const none = root.below("length-none", { extensions: length(0) });
    const one = root.below("length-one", { extensions: length(1) });
    const belowNone = none.below("below-none");
    const belowOne = one.below("below-one");
    const belowBelowOne = belowOne.below("below-below-one");
    const ca = [root, none, one, belowNone, belowOne, belowBelowOne].map(pem).join("");
    const verdicts = [none, belowNone, one, belowOne, belowBelowOne].map((issuer, index) =>
      judge({ ca }, issuer.issue(`length-leaf-${index}`)),
    );
    expect(verdicts).toEqual([undefined, "path-too-long", undefined, undefined, "path-too-long"]);
    // A CA that changes its key and signs the new one is still the same CA.
    const selfIssued = none.below("length-rollover", { subject: "/O=Example/CN=length-none" });
    expect(judge({ ca: ca + pem(selfIssued) }, selfIssued.issue("length-leaf-rollover"))).toBeUndefined();
  });

  test("names its CA in any type of string, case and spacing", () => {
    const printable = makeAuthority(folder.path, "printable", { subject: "/O=Example/CN=String Types" });
    const utf8 = root.below("utf8", {
      subject: "/O=EXAMPLE/CN=string  types",
      keyOf: printable,
      sign: ["-policy", "any", "-preserveDN"],
    });
    const leaf = utf8.issue("by-utf8");
    expect(judge({ ca: pem(printable) }, leaf)).toBeUndefined();
    utf8.revoke(leaf);
    expect(judge({ ca: pem(printable), crl: utf8.revocations() }, leaf)).toBe("revoked");
  });

  test("is not read where it names another algorithm inside than outside", () => {
    const changed = der(root.issue("algorithms"));
    const sha256 = Buffer.from("06082a8648ce3d040302", "hex");
    const at = Buffer.from(changed).lastIndexOf(sha256);
    // ecdsa-with-SHA384, outside of what is signed.
    changed[at + sha256.length - 1] = 3;
    expect(clientAuthorities(trust).judge(changed, Date.now())).toBe("unreadable");
  });
});

describe("revocation lists", () => {
  test("take out what is on them; once expired, all certificates of their CA", () => {
    const authority = makeAuthority(folder.path, "revoking");
    const [good, bad] = [authority.issue("kept"), authority.issue("taken-out")];
    const before = authority.revocations([PAST, AHEAD]);
    authority.revoke(bad);
    const ca = pem(authority) + pem(root);
    const listed = { ca, crl: authority.revocations() };
    expect([good, bad].map((one) => judge(listed, one))).toEqual([undefined, "revoked"]);
    // Several lists of one key: the newest counts, wherever it stands.
    expect(judge({ ca, crl: before + listed.crl }, bad)).toBe("revoked");
    expect(judge({ ca, crl: listed.crl + before }, bad)).toBe("revoked");
    const stale = { ca, crl: authority.revocations([PAST, LESS_PAST]) };
    expect([good, bad].map((one) => judge(stale, one))).toEqual(["crl-expired", "revoked"]);
    const early = { ca, crl: authority.revocations([AHEAD, FAR_AHEAD]) };
    expect(judge(early, good)).toBe("crl-expired");
  });

  test("must be there for each CA, once there is one", () => {
    const top = makeAuthority(folder.path, "listed-top");
    const lower = top.below("listed-lower");
    const leaf = lower.issue("by-listed-lower");
    const ca = pem(top) + pem(lower) + pem(root);
    expect(judge({ ca, crl: top.revocations() }, leaf)).toBe("crl-missing");
    expect(judge({ ca, crl: lower.revocations() }, leaf)).toBe("crl-missing");
    expect(judge({ ca, crl: top.revocations() + lower.revocations() }, leaf)).toBeUndefined();
    // Nobody above is in the file: nobody's list is missed.
    expect(judge({ ca: pem(lower), crl: lower.revocations() }, leaf)).toBeUndefined();
    expect(judge({ ca, crl: top.revocations() }, root.issue("of-an-unlisted-ca"))).toBe("crl-missing");
    const files = {
      clientCaFile: join(folder.path, "some.pem"),
      clientCrlFile: join(folder.path, "some.crl"),
    };
    writeFileSync(files.clientCaFile, ca);
    writeFileSync(files.clientCrlFile, top.revocations());
    expect(clientTrustWarnings({ tls: { certificates: [], ticketKeySeconds: 43_200, ...files } })).toEqual(
      ["certificate 2", "certificate 3"].map(
        (which) =>
          `${files.clientCaFile}: ${which} has no revocation list in clientCrlFile: certificates that it signed are refused`,
      ),
    );
  });

  test("of a root take out the CA below, with all that it has signed, and the root itself", () => {
    const top = makeAuthority(folder.path, "top");
    const lower = top.below("lower");
    const leaf = lower.issue("by-lower");
    const ca = pem(top) + pem(lower);
    const crl = (): string => top.revocations() + lower.revocations();
    expect(judge({ ca, crl: crl() }, leaf)).toBeUndefined();
    top.revoke(lower);
    expect(judge({ ca, crl: crl() }, leaf)).toBe("revoked");
    const another = makeAuthority(folder.path, "another-top");
    const own = another.issue("by-another-top");
    another.revoke(another);
    expect(judge({ ca: pem(another), crl: another.revocations() }, own)).toBe("revoked");
  });

  test("go by the name of the CA, over all of its keys", () => {
    const old = makeAuthority(folder.path, "first-key", { subject: "/O=Example/CN=rollover" });
    const next = makeAuthority(folder.path, "next-key", { subject: "/O=Example/CN=rollover" });
    const [kept, bad] = [old.issue("by-first-key"), old.issue("bad-by-first-key")];
    const ca = pem(old) + pem(next);
    const before = old.revocations();
    next.revoke(bad);
    // The new key's list alone, or beside the last one of the old key.
    for (const crl of [next.revocations(), before + next.revocations(), next.revocations() + before]) {
      expect([kept, bad].map((one) => judge({ ca, crl }, one))).toEqual([undefined, "revoked"]);
    }
    // A list that has expired still takes out what is on it.
    expect(judge({ ca, crl: next.revocations([PAST, LESS_PAST]) + before }, bad)).toBe("revoked");
    const other = makeAuthority(folder.path, "not-rollover");
    other.revoke(kept);
    expect(judge({ ca: ca + pem(other), crl: before + other.revocations() }, kept)).toBeUndefined();
  });

  test("count only while a certificate of the key that signed them is valid", () => {
    const old = root.below("old-lister", { until: LESS_PAST, subject: "/O=Example/CN=lister" });
    const next = root.below("next-lister", { subject: "/O=Example/CN=lister" });
    const leaf = next.issue("by-next-lister");
    const trusted = { ca: pem(root) + pem(old) + pem(next), crl: root.revocations() };
    expect(judge({ ...trusted, crl: trusted.crl + old.revocations() }, leaf)).toBe("crl-expired");
    expect(
      judge({ ...trusted, crl: trusted.crl + old.revocations() + next.revocations() }, leaf),
    ).toBeUndefined();
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
    const mute = root.below("mute-lister", { extensions: [CA[0], "keyUsage=critical,keyCertSign"] });
    expect(() => clientAuthorities({ ca: pem(mute), crl: mute.revocations() })).toThrow(/not signed by a CA/);
    expect(() => clientAuthorities({ ...trust, crl: withoutNextUpdate(root.revocations(), root) })).toThrow(
      /no nextUpdate/,
    );
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
      "a CA with a short key",
      () => pem(root.below("short", { newKey: ["rsa:1024"] })),
      "a key that is too weak",
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
