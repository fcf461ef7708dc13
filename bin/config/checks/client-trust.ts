import { readFileSync } from "node:fs";
import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import {
  type ClientAuthorities,
  clientAuthorities,
  TrustError,
} from "../../../edge-proxy/x509/client-authorities.ts";
import type { Path } from "../mistakes.ts";
import { type Fault, readable } from "./files.ts";

/** The CAs of clients, their revocation lists, and what needs them. */
export function checkClientTrust({ tls, mechanisms }: InstanceConfig, here: Path): Fault[] {
  const { clientCaFile, clientCrlFile } = tls ?? {};
  const faults: Fault[] = [];
  if (clientCaFile === undefined) {
    const need = (path: Path): Fault => ({
      path,
      text: "needs tls.clientCaFile: who signs clients' certificates",
    });
    const at = mechanisms.indexOf("EXTERNAL");
    if (at >= 0) faults.push(need([...here, "mechanisms", at]));
    if (clientCrlFile !== undefined) faults.push(need([...here, "tls", "clientCrlFile"]));
    return faults;
  }
  const paths = { ca: [...here, "tls", "clientCaFile"], crl: [...here, "tls", "clientCrlFile"] };
  faults.push(...readable(clientCaFile, paths.ca), ...readable(clientCrlFile, paths.crl));
  if (faults.length > 0) return faults;
  const files = { ca: clientCaFile, crl: clientCrlFile };
  try {
    readTrust(clientCaFile, clientCrlFile);
    return [];
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    return [{ path: paths[error.part], text: `${files[error.part]}: ${error.message}` }];
  }
}

function readTrust(caFile: string, crlFile: string | undefined): ClientAuthorities {
  const crl = crlFile === undefined ? {} : { crl: readFileSync(crlFile, "utf8") };
  return clientAuthorities({ ca: readFileSync(caFile, "utf8"), ...crl });
}

/** CAs of which no certificate can be accepted, because their revocation lists are missing. */
export function clientTrustWarnings({ tls }: Pick<InstanceConfig, "tls">): string[] {
  const { clientCaFile, clientCrlFile } = tls ?? {};
  if (clientCaFile === undefined || clientCrlFile === undefined) return [];
  return readTrust(clientCaFile, clientCrlFile).unlisted.map(
    (which) => `${clientCaFile}: ${which} has no revocation list in clientCrlFile: what it signed is refused`,
  );
}
