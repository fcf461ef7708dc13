import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientVouchers, type Vouchers } from "../../../../edge-proxy/x509/vouching.ts";
import {
  type IssuedCertificate,
  makeAuthority,
  PAST,
  SERVER,
} from "../../../support/certificate-authority.ts";
import { makeFolder } from "../../../support/workspace.ts";

let folder: { path: string; remove(): void };
const shown: Record<string, Uint8Array> = {};
const vouchers: Record<string, Vouchers> = {};

const derOf = ({ certFile }: IssuedCertificate): Uint8Array =>
  new Uint8Array(new X509Certificate(readFileSync(certFile)).raw);

beforeAll(() => {
  folder = makeFolder("vouching");
  const [own, acme, globex, stranger] = ["own", "acme", "globex", "stranger"].map((name) =>
    makeAuthority(folder.path, name),
  );
  if (own === undefined || acme === undefined || globex === undefined || stranger === undefined) return;
  for (const [name, ca] of Object.entries({ own, acme, globex, stranger })) {
    shown[name] = derOf(ca.issue(`of-${name}`));
  }
  const revoked = acme.issue("revoked");
  acme.revoke(revoked);
  shown["acme, revoked"] = derOf(revoked);
  shown["acme, expired"] = derOf(acme.issue("expired", { from: PAST, until: "20250201000000Z" }));
  shown["acme, for servers"] = derOf(acme.issue("servers", { extensions: SERVER }));
  const pem = (ca: IssuedCertificate): string => readFileSync(ca.certFile, "utf8");
  const domains = new Map([
    ["acme", { ca: pem(acme), crl: acme.revocations() }],
    ["globex", { ca: pem(globex) }],
    ["shared", { ca: pem(globex) }],
  ]);
  vouchers.all = clientVouchers({ own: { ca: pem(own) }, domains });
  vouchers["domains alone"] = clientVouchers({ own: undefined, domains });
});
afterAll(() => folder?.remove());

describe("who vouches for a certificate", () => {
  test.each<[whose: string, by: string, fault: string | undefined, domains: string[]]>([
    ["own", "all", undefined, []],
    ["acme", "all", undefined, ["acme"]],
    ["globex", "all", undefined, ["globex", "shared"]],
    ["stranger", "all", "untrusted", []],
    ["acme, revoked", "all", "revoked", []],
    ["acme, expired", "all", "expired", []],
    ["acme, for servers", "all", "wrong-purpose", []],
    ["own", "domains alone", "untrusted", []],
    ["acme", "domains alone", undefined, ["acme"]],
    ["acme, revoked", "domains alone", "revoked", []],
  ])("%s, by %s: %s", (whose, by, fault, domains) => {
    const der = shown[whose] ?? new Uint8Array();
    expect(vouchers[by]?.judge(der, Date.now())).toEqual({ fault, domains });
  });

  test("clients are told of all CAs", () => {
    expect(vouchers.all?.ca.match(/BEGIN CERTIFICATE/g)).toHaveLength(4);
  });
});
