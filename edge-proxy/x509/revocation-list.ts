import { DerError, derChildren, derOnly } from "./der.ts";
import { derSerial, derTime, isTime, readExtensions, unknownCritical } from "./fields.ts";
import { nameKey } from "./names.ts";
import { readSigned, requireAlgorithm, type Signed } from "./signed.ts";

/** A revocation list (RFC 5280 section 5). */
export interface RevocationList {
  signed: Signed;
  /** Key of the issuer's name (names.ts). */
  issuer: string;
  thisUpdateMs: number;
  nextUpdateMs: number;
  serials: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Reads a complete list of one issuer. Throws DerError where it is none, and where it is partial, a delta or indirect:
 * those say so by critical extensions, and what they leave out would pass for good. So would what a list that never
 * expires leaves out: nextUpdate must be there (RFC 5280 section 5.1.2.5).
 */
export function readRevocationList(der: Uint8Array): RevocationList {
  const signed = readSigned(der);
  const fields = derChildren(der, signed.content);
  const [algorithm, issuer, thisUpdate, nextUpdate, ...rest] =
    fields[0]?.tag === 0x02 ? fields.slice(1) : fields;
  requireAlgorithm(der, signed, algorithm);
  if (thisUpdate === undefined) throw new DerError("it has no thisUpdate");
  if (nextUpdate === undefined || !isTime(nextUpdate))
    throw new DerError("it has no nextUpdate: nobody would notice that it is old");
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
    issuer: nameKey(der, derOnly(issuer, 0x30)),
    thisUpdateMs: derTime(der, thisUpdate),
    nextUpdateMs: derTime(der, nextUpdate),
    serials,
  };
}

function refuseCritical(der: Uint8Array, extensions: Parameters<typeof readExtensions>[1]): void {
  const [oid] = unknownCritical(readExtensions(der, extensions), NOTHING);
  if (oid !== undefined)
    throw new DerError(`it has the critical extension ${oid}: a partial list, or a delta`);
}
