import type { ServerTls } from "../../route-api/http/tls-server.ts";

/** Longer than any process runs: whoever takes a certificate unverified gains nothing by its expiry. */
const YEARS = 10;
const YEAR_MS = 365 * 86_400_000;

/** A new certificate and its key, which exist in this process only. */
export async function selfSigned(): Promise<ServerTls> {
  const { generate } = await import("selfsigned");
  const { cert, private: key } = await generate([{ name: "commonName", value: "route-api" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + YEARS * YEAR_MS),
  });
  return { cert, key };
}
