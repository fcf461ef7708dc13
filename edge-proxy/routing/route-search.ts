/** Attributes and values that an entry must have, joined by "all" (AND) and "any" (OR). */
export type Match = { attribute: string; value: string } | { all: Match[] } | { any: Match[] };

/** Body of `POST /v1/routes/search`. */
export interface RouteSearch {
  match: Match;
  /** DN below which the entry lies, itself included. */
  base?: string;
  /** DER of a certificate in base64, which the entry must hold. */
  certificate?: string;
}

/** Attributes and values that one match may ask for, all its parts together. */
export const MATCH_PARTS_MAX = 16;
/** Longest value that can be asked for, in characters. */
export const MATCH_VALUE_MAX = 1024;
/** Longest base, in characters. */
export const BASE_MAX = 2048;
/** An attribute that a match may name: neither an OID nor with options. */
export const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
