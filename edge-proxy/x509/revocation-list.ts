import { DerError, derChildren, derOnly } from "./der.ts";
import { derKey, derSerial, derTime, isTime, readExtensions, unknownCritical } from "./fields.ts";
import { readSigned, type Signed } from "./signed.ts";

/** A revocation list (RFC 5280 section 5). */
export interface RevocationList {
  signed: Signed;
  /** Octets of the issuer's name, to compare. */
  issuer: string;
  thisUpdateMs: number;
  /** Undefined where the list does not say when the next one comes. */
  nextUpdateMs: number | undefined;
  serials: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Reads a whole list of one issuer. Throws DerError where it is none, and where it is a part of one, a delta or another
 * issuer's: those say so by critical extensions, and what they leave out would pass for good.
 */
export function readRevocationList(der: Uint8Array): RevocationList {
  const signed = readSigned(der);
  const fields = derChildren(der, signed.content);
  const [, issuer, thisUpdate, ...rest] = fields[0]?.tag === 0x02 ? fields.slice(1) : fields;
  if (thisUpdate === undefined) throw new DerError("no time of issue");
  const nextUpdate = rest[0] !== undefined && isTime(rest[0]) ? rest.shift() : undefined;
  const entries = rest[0]?.tag === 0x30 ? derChildren(der, rest[0]) : [];
  const extensions = rest.find(({ tag }) => tag === 0xa0);
  if (extensions !== undefined) refuseCritical(der, derChildren(der, extensions)[0]);
  const serials = new Set<string>();
  for (const entry of entries) {
    const [serial, , entryExtensions] = derChildren(der, derOnly(entry, 0x30));
    if (entryExtensions !== undefined) refuseCritical(der, entryExtensions);
    serials.add(derSerial(der, serial));
  }
  return {
    signed,
    issuer: derKey(der, derOnly(issuer, 0x30)),
    thisUpdateMs: derTime(der, thisUpdate),
    nextUpdateMs: nextUpdate === undefined ? undefined : derTime(der, nextUpdate),
    serials,
  };
}

function refuseCritical(der: Uint8Array, extensions: Parameters<typeof readExtensions>[1]): void {
  const [oid] = unknownCritical(readExtensions(der, extensions), NOTHING);
  if (oid !== undefined)
    throw new DerError(`it has the critical extension ${oid}: a part of a list, or a delta`);
}
