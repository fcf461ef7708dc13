import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { X509Certificate, X509Crl } from "@peculiar/x509";
import type { PathCase } from "./path-case.ts";

/**
 * The cases of NIST's Public Key Interoperability Test Suite whose outcome their name tells, from a folder with `certs`
 * and `crls`. Those that it leaves open depend on the policies that a verifier asks for.
 */
export function pkitsCases(folder: string): PathCase[] {
  const certificates = readdirSync(join(folder, "certs")).map((file) => {
    const der = readFileSync(join(folder, "certs", file));
    return { file, pem: pemOf("CERTIFICATE", der), ...namesOf(der) };
  });
  const lists = readdirSync(join(folder, "crls")).map((file) => {
    const der = readFileSync(join(folder, "crls", file));
    return { pem: pemOf("X509 CRL", der), issuer: nameKey(new X509Crl(der).issuer) };
  });
  const cas = certificates.filter(({ file }) => !/Test\d+EE/.test(file));
  return certificates.flatMap(({ file, pem, issuer }) => {
    const [, outcome, name = ""] = /^(Valid|Invalid)(.*)EE\.crt$/.exec(file) ?? [];
    if (outcome === undefined) return [];
    const above = new Set<(typeof cas)[number]>();
    for (const wanted of [issuer]) collect(wanted, above);
    const names = new Set([issuer, ...[...above].map(({ subject }) => subject)]);
    return {
      name,
      ca: [...above].map((one) => one.pem).join(""),
      crl: lists
        .filter((list) => names.has(list.issuer))
        .map((list) => list.pem)
        .join(""),
      leaf: pem,
      atMs: Date.UTC(2026, 0, 1),
      valid: outcome === "Valid",
    };
  });

  function collect(subject: string, found: Set<(typeof cas)[number]>): void {
    for (const one of cas) {
      if (one.subject !== subject || found.has(one)) continue;
      found.add(one);
      collect(one.issuer, found);
    }
  }
}

const pemOf = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString("base64")}\n-----END ${label}-----\n`;

function namesOf(der: Uint8Array): { subject: string; issuer: string } {
  const { subject, issuer } = new X509Certificate(Uint8Array.from(der));
  return { subject: nameKey(subject), issuer: nameKey(issuer) };
}

/** String types, case and blanks make no difference. */
const nameKey = (name: string): string => name.toLowerCase().replace(/[\s\\]+/g, "");
