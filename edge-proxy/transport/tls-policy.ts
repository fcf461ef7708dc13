import type { SecureContextOptions, SecureVersion } from "node:tls";
import { CIPHER_SUITES } from "../../route-api/contract/cipher-suites.ts";

/** Which TLS is spoken; what is absent is as RFC 9325 recommends. */
export interface TlsPolicy {
  minimumVersion?: SecureVersion | undefined;
  /** Suites by OpenSSL's names, with colons between. */
  ciphers?: string | undefined;
}

/** OpenSSL's SSL_OP_NO_RENEGOTIATION. Node does not name it; the other runtimes never renegotiate. */
export const NO_RENEGOTIATION = 0x40000000;

/** Options of a context for a policy. */
export const policyOptions = ({ minimumVersion, ciphers }: TlsPolicy = {}): SecureContextOptions => ({
  minVersion: minimumVersion ?? "TLSv1.2",
  ciphers: ciphers ?? CIPHER_SUITES,
});
