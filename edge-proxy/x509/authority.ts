import type { KeyObject } from "node:crypto";
import { type Certificate, EXTENSION, readCertificateFields } from "./certificate.ts";
import { strongKey } from "./keys.ts";
import { NO_NAME } from "./names.ts";
import { pemBlocks } from "./pem.ts";
import { type RevocationList, readRevocationList } from "./revocation-list.ts";
import { isSignedBy } from "./signed.ts";
import { TrustError } from "./trust-error.ts";

/** A CA's certificate of the trust. */
export interface Authority {
  /** Which of the file it is, for messages: `certificate 2`. */
  which: string;
  certificate: Certificate;
  key: KeyObject;
  /** Those that have signed its certificate; none where it has signed it by itself. */
  parents: Authority[];
}

/** The newest list that a key of a CA has signed. */
export interface SignedList {
  list: RevocationList;
  /** The certificates of that key. */
  signers: Authority[];
}

/** The authorities of a name, those first that last longest: a CA that was renewed goes before its predecessor. */
export const issuersOf = (authorities: readonly Authority[], { issuer, signed }: Certificate): Authority[] =>
  authorities.filter(({ certificate, key }) => certificate.subject === issuer && isSignedBy(signed, key));

/** Reads every CA of a PEM text, those first that last longest. Throws TrustError. */
export function readAuthorities(pem: string): Authority[] {
  const blocks = pemBlocks(pem, "CERTIFICATE", "TRUSTED CERTIFICATE");
  if (blocks.length === 0) throw new TrustError("ca", "holds no certificate in PEM");
  const authorities = blocks.map((der, index) => readAuthority(der, `certificate ${index + 1}`));
  authorities.sort((a, b) => b.certificate.notAfterMs - a.certificate.notAfterMs);
  for (const authority of authorities) {
    const { certificate, key } = authority;
    if (!isSignedBy(certificate.signed, key)) authority.parents = issuersOf(authorities, certificate);
  }
  return authorities;
}

function readAuthority(der: Uint8Array, which: string): Authority {
  const certificate = attempt("ca", which, () => readCertificateFields(der));
  if (!certificate.isCa) throw new TrustError("ca", `${which} is not a CA's`);
  if (certificate.subject === NO_NAME) throw new TrustError("ca", `${which} has no subject`);
  if (certificate.extensions.has(EXTENSION.nameConstraints)) {
    throw new TrustError("ca", `${which} has name constraints, which are not checked here`);
  }
  const [oid] = certificate.notUnderstood;
  if (oid !== undefined) throw new TrustError("ca", `${which} has the unknown critical extension ${oid}`);
  const key = strongKey(certificate.keyDer);
  if (key === undefined) {
    throw new TrustError("ca", `${which} has a key that is too weak or of a type that is not supported`);
  }
  return { which, certificate, key, parents: [] };
}

/** Reads every list of a PEM text; each must be signed by one of the authorities. Throws TrustError. */
export function readLists(authorities: readonly Authority[], pem: string): SignedList[] {
  const blocks = pemBlocks(pem, "X509 CRL");
  if (blocks.length === 0) throw new TrustError("crl", "holds no revocation list in PEM");
  const newest = new Map<string, SignedList>();
  for (const [index, der] of blocks.entries()) {
    const which = `list ${index + 1}`;
    const list = attempt("crl", which, () => readRevocationList(der));
    const signers = authorities.filter(
      ({ certificate, key }) =>
        certificate.subject === list.issuer && certificate.signsLists && isSignedBy(list.signed, key),
    );
    const [signer] = signers;
    if (signer === undefined) throw new TrustError("crl", `${which} is not signed by a CA of clientCaFile`);
    const key = `${Buffer.from(signer.certificate.keyDer).toString("base64")} ${list.issuer}`;
    const known = newest.get(key);
    if (known === undefined || known.list.thisUpdateMs < list.thisUpdateMs)
      newest.set(key, { list, signers });
  }
  return [...newest.values()];
}

function attempt<T>(part: "ca" | "crl", which: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new TrustError(part, `${which} cannot be used: ${(error as Error).message}`);
  }
}
