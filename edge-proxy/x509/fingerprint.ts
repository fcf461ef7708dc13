import { createHash } from "node:crypto";

/** What a certificate (DER) is known by in logs and in the route table: SHA-256, in hex. */
export const fingerprintOf = (der: Uint8Array): string => createHash("sha256").update(der).digest("hex");
