/** What may differ from a suite, and why; the first that fits a case's name and verdict counts. */
export interface Explanation {
  why: string;
  name?: RegExp;
  verdict?: RegExp;
}

/** Valid cases that are refused. */
export const STRICTER: readonly Explanation[] = [
  { why: "CAs with name constraints are refused", verdict: /name constraints/ },
  { why: "partial, delta and indirect revocation lists are refused", verdict: /partial list|crl-missing/ },
  {
    why: "CAs with critical policy or unknown extensions are refused",
    verdict: /unknown critical extension/,
  },
  { why: "keys that only sign revocation lists are refused", verdict: /not a CA's/ },
  { why: "DSA is not supported", verdict: /not supported/ },
  {
    why: "a certificate has expired once the last second of notAfter has begun",
    name: /notafter-fractional/,
  },
];

/** Invalid cases that are accepted. */
export const LAXER: readonly Explanation[] = [
  {
    why: "each CA in the operator's file is trusted in its own right, wherever the suite has it from",
    name: /^pathological|chain-untrusted-root|cross-signed|max-chain-depth/,
  },
  { why: "host names are for servers; certmap maps names", name: /::(san|cn|nc)::|wrong-san/ },
  { why: "purposes are those of clients, not of servers", name: /::eku::|ca-as-leaf$/ },
  { why: "key identifiers are not needed: issuers are found by name and signature", name: /::(aki|ski)::/ },
  {
    why: "form only: serial numbers, criticality, an unused extension, RSA sizes between two octets, version 1",
    name: /::(serial|pc)::|crlnumber-missing|non-critical|malformed-aia|not-divisible-by-8|v1-cert/,
  },
  {
    why: "a CA's certificate may log in like any other that it proves the key of",
    name: /ee-basicconstraints-ca|leaf-ku-keycertsign/,
  },
];

/** Why a difference is meant; undefined where it is not known. */
export const explanationOf = (
  explanations: readonly Explanation[],
  name: string,
  verdict: string,
): string | undefined =>
  explanations.find((one) => (one.name?.test(name) ?? true) && (one.verdict?.test(verdict) ?? true))?.why;
