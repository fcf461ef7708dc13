import type { Octets } from "../octets.ts";

/** True where the octets can stand in a quoted string that every server understands. */
export const isQuotable = (octets: Octets): boolean => /^[\x20-\x7e]*$/.test(octets);

/** A quoted string (RFC 9051 section 9); only for what `isQuotable`. */
export const quote = (octets: Octets): Octets => `"${octets.replace(/["\\]/g, "\\$&")}"`;
