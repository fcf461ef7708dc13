import { z } from "zod";

/** Which TLS is spoken: the same fields for listeners and for stores. */
export const tlsPolicy = {
  minimumVersion: z
    .enum(["TLSv1.2", "TLSv1.3"])
    .optional()
    .describe("Oldest version of TLS that is accepted; by default TLSv1.2."),
  ciphers: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Cipher suites by OpenSSL's names, separated by colons; by default those of TLS 1.3, and ECDHE with AES-GCM or ChaCha20-Poly1305 (RFC 9325). No effect on Deno, which has no others.",
    ),
};
