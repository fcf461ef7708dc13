import { readFileSync } from "node:fs";
import type { RouteApiConfig } from "../../../route-api/config/route-api.ts";
import type { TlsFiles } from "./ask-json.ts";

/** The certificates with which the configured route API is asked. */
export const tlsFilesOf = ({ caFile, clientCertFile, clientKeyFile }: RouteApiConfig): TlsFiles => ({
  ca: pem(caFile),
  cert: pem(clientCertFile),
  key: pem(clientKeyFile),
});

const pem = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, "utf8");
