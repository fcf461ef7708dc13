import type { SecureContextOptions, SecureVersion } from "node:tls";

/** Which TLS is spoken; what is absent is as RFC 9325 recommends. */
export interface TlsPolicy {
  minimumVersion?: SecureVersion | undefined;
  /** Suites by OpenSSL's names, with colons between. */
  ciphers?: string | undefined;
}

/** TLS 1.3, and in TLS 1.2 ECDHE (forward secrecy) with AEAD only. */
const DEFAULT_CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** OpenSSL's SSL_OP_NO_RENEGOTIATION. Node does not name it; the other runtimes never renegotiate. */
export const NO_RENEGOTIATION = 0x40000000;

/** Options of a context for a policy. */
export const policyOptions = ({ minimumVersion, ciphers }: TlsPolicy = {}): SecureContextOptions => ({
  minVersion: minimumVersion ?? "TLSv1.2",
  ciphers: ciphers ?? DEFAULT_CIPHERS,
});
