import { type Authority, issuersOf, readAuthorities, readLists, type SignedList } from "./authority.ts";
import { type Certificate, readCertificateFields } from "./certificate.ts";
import { DerError } from "./der.ts";
import { strongKey } from "./keys.ts";

export { TrustError } from "./trust-error.ts";

/** Why a client's certificate is not believed. */
export type ClientCertificateFault =
  /** No certificate that can be read, or with a critical extension that nobody here understands. */
  | "unreadable"
  /** Its key is too short, or of a type that not every runtime knows. */
  | "weak-key"
  /** No CA of ours has signed it. */
  | "untrusted"
  /** More CAs stand between it and one above than that one's pathLenConstraint allows. */
  | "path-too-long"
  /** It, or a CA above it, has expired. */
  | "expired"
  | "not-yet-valid"
  /** It is for servers, mail or code, not for clients that log in. */
  | "wrong-purpose"
  /** It, or a CA above it, is on a revocation list. */
  | "revoked"
  /** No revocation list of the CA is in force: those that there are have expired. */
  | "crl-expired"
  /** There are revocation lists, and none of this CA. */
  | "crl-missing";

/** PEM texts: every CA that signs clients' certificates, and their revocation lists. */
export interface ClientCertificateTrust {
  ca: string;
  crl?: string;
}

/** Who may vouch for clients. */
export interface ClientAuthorities {
  /** The CAs (`certificate 2`) without a list where there are lists: what they have signed is refused. */
  readonly unlisted: readonly string[];
  /** What is wrong with a certificate (DER) at a time; undefined where nothing is. */
  judge(der: Uint8Array, nowMs: number): ClientCertificateFault | undefined;
}

interface Trust {
  authorities: readonly Authority[];
  /** Undefined where revocation is not checked. */
  lists: readonly SignedList[] | undefined;
  nowMs: number;
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
  const lists = trust.crl === undefined ? undefined : readLists(authorities, trust.crl);
  const result: ClientAuthorities = {
    unlisted: authorities
      .filter(({ certificate: { subject } }) => lists?.every(({ list }) => list.issuer !== subject) === true)
      .map(({ which }) => which)
      .sort(),
    judge: (der, nowMs) => judge({ authorities, lists, nowMs }, der),
  };
  known.set(trust, result);
  return result;
}

function judge(trust: Trust, der: Uint8Array): ClientCertificateFault | undefined {
  let certificate: Certificate;
  try {
    certificate = readCertificateFields(der);
  } catch (error) {
    if (error instanceof DerError) return "unreadable";
    throw error;
  }
  if (certificate.notUnderstood.length > 0) return "unreadable";
  if (strongKey(certificate.keyDer) === undefined) return "weak-key";
  const issuers = issuersOf(trust.authorities, certificate);
  if (issuers.length === 0) return "untrusted";
  const isForLogins = certificate.isForClients && certificate.signsForItself;
  return pathFault(trust, certificate, issuers, []) ?? (isForLogins ? undefined : "wrong-purpose");
}

/**
 * What is wrong with a certificate and all above it, on the way up that has nothing wrong where there is one (RFC 5280
 * section 6.1): each must be in its time, for clients, not revoked, and have no more CAs below than it allows. `below`
 * are the CAs passed on the way.
 */
function pathFault(
  trust: Trust,
  certificate: Certificate,
  issuers: readonly Authority[],
  below: readonly Authority[],
): ClientCertificateFault | undefined {
  if (trust.nowMs > certificate.notAfterMs) return "expired";
  if (trust.nowMs < certificate.notBeforeMs) return "not-yet-valid";
  if (isListed(trust, certificate)) return "revoked";
  let first: ClientCertificateFault | undefined;
  for (const issuer of issuers) {
    // Two CAs that have signed each other lead round and round.
    if (below.includes(issuer)) continue;
    const fault =
      issuerFault(issuer, below) ??
      listFault(trust, certificate) ??
      pathFault(trust, issuer.certificate, issuer.parents, [...below, issuer]);
    if (fault === undefined) return undefined;
    first ??= fault;
  }
  return first;
}

/** Self-issued certificates of a CA that changes its key do not count below it (RFC 5280 section 6.1.4 (l)). */
function issuerFault(
  { certificate: { pathLength, isForClients } }: Authority,
  below: readonly Authority[],
): ClientCertificateFault | undefined {
  if (!isForClients) return "wrong-purpose";
  const counted = below.filter(({ certificate: { issuer, subject } }) => issuer !== subject);
  return counted.length > pathLength ? "path-too-long" : undefined;
}

/** By the issuer's name, over all of its keys; a list that has expired still takes out what is on it. */
const isListed = ({ lists = [] }: Trust, { issuer, serial }: Certificate): boolean =>
  lists.some(({ list }) => list.issuer === issuer && list.serials.has(serial));

/**
 * Whether a list covers the certificate (RFC 5280 section 6.3.3): by the issuer's name again, since a CA that has changed
 * its key lists what it signed with the old one, too.
 */
function listFault({ lists, nowMs }: Trust, { issuer }: Certificate): ClientCertificateFault | undefined {
  if (lists === undefined) return undefined;
  const own = lists.filter(({ list }) => list.issuer === issuer);
  if (own.length === 0) return "crl-missing";
  const inForce = own.some(
    ({ list, signers }) =>
      isBetween(nowMs, list.thisUpdateMs, list.nextUpdateMs) &&
      signers.some(({ certificate }) => isBetween(nowMs, certificate.notBeforeMs, certificate.notAfterMs)),
  );
  return inForce ? undefined : "crl-expired";
}

const isBetween = (ms: number, from: number, to: number): boolean => ms >= from && ms <= to;
