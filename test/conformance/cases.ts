import { readFileSync } from "node:fs";
import {
  AHEAD,
  CA,
  type CertificateAuthority,
  FAR_AHEAD,
  type IssuedCertificate,
  LESS_PAST,
  makeAuthority,
  PAST,
  SERVER,
} from "../support/certificate-authority.ts";
import type { PathCase } from "./path-case.ts";

const pem = ({ certFile }: IssuedCertificate): string => readFileSync(certFile, "utf8");

/** What an operator may meet, made by openssl in a folder; `valid` is what RFC 5280 and our policy on algorithms say. */
export function operatorsCases(folder: string): PathCase[] {
  const root = makeAuthority(folder, "root");
  const issuing = root.below("issuing");
  const both = { ca: pem(root) + pem(issuing) };
  const listed = (): string => root.revocations() + issuing.revocations();
  const leaf = issuing.issue("leaf");
  const revoked = issuing.issue("revoked");
  issuing.revoke(revoked);

  const cases: PathCase[] = [];
  const add = (
    name: string,
    valid: boolean,
    shown: IssuedCertificate,
    trust: Pick<PathCase, "ca" | "crl">,
  ): void => void cases.push({ name, valid, leaf: pem(shown), atMs: Date.now(), ...trust });
  const issued = (name: string, options: Parameters<CertificateAuthority["issue"]>[1]): IssuedCertificate =>
    issuing.issue(name.replace(/\W+/g, "-"), options);

  add("good", true, leaf, both);
  add("good, with lists", true, leaf, { ...both, crl: listed() });
  for (const [name, valid, options] of [
    ["expired", false, { until: LESS_PAST }],
    ["not yet valid", false, { from: AHEAD }],
    ["for servers", false, { extensions: SERVER }],
    ["unknown critical extension", false, { extensions: ["1.2.3.4=critical,ASN1:NULL"] }],
    ["signed with SHA-1", false, { sign: ["-md", "sha1"] }],
    ["signed with SHA-512", true, { sign: ["-md", "sha512"] }],
    ["RSA key of 1,024 bits", false, { newKey: ["rsa:1024"] }],
    ["RSA key of 2,048 bits", true, { newKey: ["rsa:2048"] }],
    ["curve that is described, not named", false, { newKey: [...EXPLICIT_CURVE] }],
  ] as const) {
    add(name, valid, issued(name, options), both);
  }
  const impostor = makeAuthority(folder, "impostor", { subject: "/O=Example/CN=issuing" });
  add("CA of the same name, another key", false, impostor.issue("by-impostor"), both);

  add("revoked", false, revoked, { ...both, crl: listed() });
  add("list expired", false, leaf, {
    ...both,
    crl: root.revocations() + issuing.revocations([PAST, LESS_PAST]),
  });
  add("list not yet valid", false, leaf, {
    ...both,
    crl: root.revocations() + issuing.revocations([AHEAD, FAR_AHEAD]),
  });
  add("no list of the issuing CA", false, leaf, { ...both, crl: root.revocations() });
  add("no list of the root", false, leaf, { ...both, crl: issuing.revocations() });
  const fallen = root.below("fallen");
  const underFallen = fallen.issue("by-fallen");
  root.revoke(fallen);
  add("issuing CA revoked", false, underFallen, {
    ca: pem(root) + pem(fallen),
    crl: root.revocations() + fallen.revocations(),
  });

  const name = { subject: "/O=Example/CN=rollover" };
  const [first, next] = [makeAuthority(folder, "first", name), makeAuthority(folder, "next", name)];
  const [kept, bad] = [first.issue("kept"), first.issue("bad")];
  next.revoke(bad);
  const rollover = { ca: pem(first) + pem(next), crl: first.revocations() + next.revocations() };
  add("two keys of a CA, revoked by the other", false, bad, rollover);
  add("two keys of a CA, not revoked", true, kept, rollover);

  const old = root.below("old", { until: LESS_PAST });
  const renewed = root.below("renewed", { subject: "/O=Example/CN=old", keyOf: old });
  const byOld = old.issue("by-old");
  add("issuing CA expired", false, byOld, { ca: pem(root) + pem(old) });
  add("issuing CA renewed, beside its predecessor", true, byOld, { ca: pem(root) + pem(old) + pem(renewed) });

  const short = root.below("short", { extensions: [`${CA[0]},pathlen:0`, CA[1]] });
  const low = short.below("low");
  add("pathLenConstraint met", true, short.issue("by-short"), { ca: pem(root) + pem(short) });
  add("pathLenConstraint exceeded", false, low.issue("by-low"), { ca: pem(root) + pem(short) + pem(low) });
  const named = root.below("named", {
    extensions: [...CA, "nameConstraints=critical,permitted;email:.example.com"],
  });
  const outside = named.issue("outside", { extensions: ["subjectAltName=email:a@elsewhere.test"] });
  add("outside of nameConstraints", false, outside, { ca: pem(root) + pem(named) });
  const mute = root.below("mute", { extensions: [CA[0], "keyUsage=critical,cRLSign"] });
  add("CA that may not sign certificates", false, mute.issue("by-mute"), { ca: pem(root) + pem(mute) });
  const plain = root.below("plain", { extensions: ["basicConstraints=CA:false"] });
  add("issuer that is not a CA", false, plain.issue("by-plain"), { ca: pem(root) + pem(plain) });
  return cases;
}

const EXPLICIT_CURVE = [
  "ec",
  "-pkeyopt",
  "ec_paramgen_curve:P-256",
  "-pkeyopt",
  "ec_param_enc:explicit",
] as const;
