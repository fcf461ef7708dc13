/** A certificate with what is to judge it, in PEM. */
export interface PathCase {
  name: string;
  /** Every CA that an operator would put into clientCaFile. */
  ca: string;
  /** Their revocation lists; absent: revocation is not checked. */
  crl?: string;
  leaf: string;
  /** When it is judged, in milliseconds since 1970. */
  atMs: number;
  /** What the standard, or who wrote the case, says of it. */
  valid: boolean;
  /** For servers: that it is of the wrong purpose for us says that nothing else is wrong. */
  forServers?: boolean;
}

/** What a judge says: "accepted", or why not. */
export type Verdict = string;
export const ACCEPTED: Verdict = "accepted";
