import "reflect-metadata";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PemConverter, X509Certificate, X509ChainBuilder, X509Crl } from "@peculiar/x509";
import { Certificate, CertificateChainValidationEngine, CertificateRevocationList } from "pkijs";
import { clientAuthorities, TrustError } from "../../edge-proxy/x509/client-authorities.ts";
import { pemBlocks } from "../../edge-proxy/x509/pem.ts";
import { ACCEPTED, type PathCase, type Verdict } from "./path-case.ts";

type Judge = (one: PathCase) => Verdict | Promise<Verdict>;

/** Each gives its verdict on a case; none throws. */
export const JUDGES: Readonly<Record<"edge" | "openssl" | "pkijs" | "peculiar", Judge>> = {
  edge({ ca, crl, leaf, atMs, forServers }) {
    const [der = new Uint8Array()] = pemBlocks(leaf, "CERTIFICATE");
    try {
      const trust = crl === undefined ? { ca } : { ca, crl };
      const fault = clientAuthorities(trust).judge(der, atMs);
      return fault === undefined || (forServers === true && fault === "wrong-purpose") ? ACCEPTED : fault;
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      return `not used: ${error.message}`;
    }
  },

  openssl({ ca, crl, leaf, atMs, forServers }) {
    const folder = mkdtempSync(join(tmpdir(), "mmp-path-"));
    try {
      for (const [name, text] of Object.entries({ ca, crl: crl ?? "", leaf }))
        writeFileSync(join(folder, name), text);
      const lists = crl === undefined ? [] : ["-CRLfile", "crl", "-crl_check_all"];
      const purpose = ["-purpose", forServers === true ? "sslserver" : "sslclient"];
      const time = ["-attime", String(Math.floor(atMs / 1000))];
      const args = [
        "verify",
        "-CAfile",
        "ca",
        "-no-CApath",
        "-no-CAstore",
        "-x509_strict",
        "-auth_level",
        "2",
        ...purpose,
        ...time,
        ...lists,
        "leaf",
      ];
      execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
      return ACCEPTED;
    } catch (error) {
      const { stderr } = error as { stderr?: Buffer };
      return (
        /error \d+ at .*: (.*)/.exec(String(stderr))?.[1] ?? String(stderr).trim().split("\n").at(-1) ?? ""
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  async pkijs({ ca, crl, leaf, atMs }) {
    try {
      const cas = pemBlocks(ca, "CERTIFICATE").map((der) => Certificate.fromBER(der));
      const roots = cas.filter((one) => one.issuer.isEqual(one.subject));
      const [target = new Uint8Array()] = pemBlocks(leaf, "CERTIFICATE");
      const engine = new CertificateChainValidationEngine({
        trustedCerts: roots.length === 0 ? cas : roots,
        certs: [...cas, Certificate.fromBER(target)],
        crls: pemBlocks(crl ?? "", "X509 CRL").map((der) => CertificateRevocationList.fromBER(der)),
        checkDate: new Date(atMs),
      });
      const { result, resultMessage } = await engine.verify();
      return result ? ACCEPTED : resultMessage;
    } catch (error) {
      return `not used: ${(error as Error).message}`;
    }
  },

  /** It builds chains, and leaves it to the caller to judge them: this is what its own functions judge. */
  async peculiar({ ca, crl, leaf, atMs }) {
    try {
      const cas = pemBlocks(ca, "CERTIFICATE").map((der) => new X509Certificate(toBuffer(der)));
      const chain = await new X509ChainBuilder({ certificates: cas }).build(new X509Certificate(leaf));
      const lists = PemConverter.decode(crl ?? "").map((der) => new X509Crl(der));
      if (chain.length < 2) return "no chain";
      for (const [index, certificate] of chain.entries()) {
        const issuer = chain[index + 1] ?? certificate;
        const signed = await certificate.verify({ date: new Date(atMs), publicKey: issuer.publicKey });
        if (!signed) return "signature or time";
        for (const list of lists) {
          if (list.issuer !== certificate.issuer || !(await list.verify({ publicKey: issuer.publicKey })))
            continue;
          if (list.findRevoked(certificate.serialNumber) !== null) return "revoked";
        }
      }
      return ACCEPTED;
    } catch (error) {
      return `not used: ${(error as Error).message}`;
    }
  },
};

const toBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
