import type { KeyObject } from "node:crypto";
import { type Certificate, EXTENSION, publicKeyOf, readCertificateFields } from "./certificate.ts";
import { DerError } from "./der.ts";
import { pemBlocks } from "./pem.ts";
import { type RevocationList, readRevocationList } from "./revocation-list.ts";
import { isSignedBy } from "./signed.ts";

/** Why a client's certificate is not believed. */
export type ClientCertificateFault =
  /** No certificate that can be read, or with a critical extension that nobody here understands. */
  | "unreadable"
  /** No CA of ours has signed it. */
  | "untrusted"
  /** It, or the CA that signed it, is past its time. */
  | "expired"
  | "not-yet-valid"
  /** It is for servers, mail or code, not for clients that log in. */
  | "wrong-purpose"
  /** It, or the CA that signed it, is on a revocation list. */
  | "revoked"
  /** The CA's revocation list is past its nextUpdate: it may be on a newer one. */
  | "crl-expired";

/** PEM texts: every CA that signs clients' certificates, and the revocation lists of some of them. */
export interface ClientCertificateTrust {
  ca: string;
  crl?: string;
}

/** A trust that cannot be used; the message says which part, and why. */
export class TrustError extends Error {
  readonly part: "ca" | "crl";

  constructor(part: "ca" | "crl", message: string) {
    super(message);
    this.part = part;
  }
}

/** Who may vouch for clients. */
export interface ClientAuthorities {
  /** What is wrong with a certificate (DER) at a time; undefined where nothing is. */
  judge(der: Uint8Array, nowMs: number): ClientCertificateFault | undefined;
}

interface Authority {
  certificate: Certificate;
  key: KeyObject;
  /** The newest that was given. */
  revocations: RevocationList | undefined;
}

const known = new WeakMap<ClientCertificateTrust, ClientAuthorities>();

/**
 * Reads a trust, once for each object. Every CA in it is trusted by itself, and each that signs clients must be in it:
 * what clients send along does not count. Throws TrustError.
 *
 * No runtime judges for us: Bun does not show the chain, and Deno takes a resumed session of any certificate for good.
 */
export function clientAuthorities(trust: ClientCertificateTrust): ClientAuthorities {
  const read = known.get(trust);
  if (read !== undefined) return read;
  const authorities = readAuthorities(trust.ca);
  if (trust.crl !== undefined) addRevocations(authorities, trust.crl);
  const result = { judge: (der: Uint8Array, nowMs: number) => judge(authorities, der, nowMs) };
  known.set(trust, result);
  return result;
}

function readAuthorities(pem: string): Authority[] {
  const blocks = pemBlocks(pem, "CERTIFICATE", "TRUSTED CERTIFICATE");
  if (blocks.length === 0) throw new TrustError("ca", "holds no certificate in PEM");
  return blocks.map((der, index) => {
    const which = `certificate ${index + 1}`;
    const certificate = attempt("ca", which, () => readCertificateFields(der));
    if (!certificate.isCa) throw new TrustError("ca", `${which} is not a CA's`);
    if (certificate.extensions.has(EXTENSION.nameConstraints)) {
      throw new TrustError("ca", `${which} has name constraints, which are not checked here`);
    }
    const [oid] = certificate.notUnderstood;
    if (oid !== undefined) throw new TrustError("ca", `${which} has the unknown critical extension ${oid}`);
    const key = attempt("ca", which, () => publicKeyOf(certificate));
    return { certificate, key, revocations: undefined };
  });
}

function addRevocations(authorities: readonly Authority[], pem: string): void {
  const blocks = pemBlocks(pem, "X509 CRL");
  if (blocks.length === 0) throw new TrustError("crl", "holds no revocation list in PEM");
  for (const [index, der] of blocks.entries()) {
    const which = `list ${index + 1}`;
    const list = attempt("crl", which, () => readRevocationList(der));
    const signers = authorities.filter(
      ({ certificate, key }) => certificate.subject === list.issuer && isSignedBy(list.signed, key),
    );
    if (signers.length === 0) throw new TrustError("crl", `${which} is not signed by a CA of clientCaFile`);
    for (const signer of signers) {
      if ((signer.revocations?.thisUpdateMs ?? -1) < list.thisUpdateMs) signer.revocations = list;
    }
  }
}

function attempt<T>(part: "ca" | "crl", which: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new TrustError(part, `${which} cannot be used: ${(error as Error).message}`);
  }
}

function judge(
  authorities: readonly Authority[],
  der: Uint8Array,
  nowMs: number,
): ClientCertificateFault | undefined {
  let certificate: Certificate;
  try {
    certificate = readCertificateFields(der);
  } catch (error) {
    if (error instanceof DerError) return "unreadable";
    throw error;
  }
  if (certificate.notUnderstood.length > 0) return "unreadable";
  const issuer = issuerOf(authorities, certificate);
  if (issuer === undefined) return "untrusted";
  if (!certificate.isForClients || !certificate.signsForItself) return "wrong-purpose";
  return chainFault(authorities, certificate, issuer, nowMs);
}

/** Goes up from a certificate as far as the CAs lead: each must be in its time, for clients, and not revoked. */
function chainFault(
  authorities: readonly Authority[],
  leaf: Certificate,
  first: Authority,
  nowMs: number,
): ClientCertificateFault | undefined {
  const passed = new Set<Authority>();
  let certificate = leaf;
  let issuer: Authority | undefined = first;
  for (;;) {
    if (nowMs > certificate.notAfterMs) return "expired";
    if (nowMs < certificate.notBeforeMs) return "not-yet-valid";
    if (!certificate.isForClients) return "wrong-purpose";
    if (issuer === undefined) return undefined;
    const fault = revocationFault(issuer, certificate, nowMs);
    if (fault !== undefined) return fault;
    // A root has signed itself; two that have signed each other lead round and round.
    if (passed.has(issuer)) return undefined;
    passed.add(issuer);
    certificate = issuer.certificate;
    issuer = issuerOf(authorities, certificate);
  }
}

function issuerOf(authorities: readonly Authority[], certificate: Certificate): Authority | undefined {
  const { issuer, signed } = certificate;
  return authorities.find(
    (authority) => authority.certificate.subject === issuer && isSignedBy(signed, authority.key),
  );
}

function revocationFault(
  { revocations }: Authority,
  { serial }: Certificate,
  nowMs: number,
): ClientCertificateFault | undefined {
  if (revocations === undefined) return undefined;
  if (revocations.serials.has(serial)) return "revoked";
  const { thisUpdateMs, nextUpdateMs = Number.POSITIVE_INFINITY } = revocations;
  return nowMs < thisUpdateMs || nowMs > nextUpdateMs ? "crl-expired" : undefined;
}
