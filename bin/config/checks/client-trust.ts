import { readFileSync } from "node:fs";
import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import {
  type ClientAuthorities,
  clientAuthorities,
  TrustError,
} from "../../../edge-proxy/x509/client-authorities.ts";
import type { Fault, Path } from "../mistakes.ts";
import { readable } from "./files.ts";

const NEED = "needs tls.clientCaFile, the CAs that sign client certificates";

/** Checks the CAs of clients and their revocation lists, and what needs them. */
export function checkClientTrust({ tls, mechanisms }: InstanceConfig, here: Path): Fault[] {
  const { clientCaFile, clientCrlFile } = tls ?? {};
  const paths = { ca: [...here, "tls", "clientCaFile"], crl: [...here, "tls", "clientCrlFile"] };
  if (clientCaFile === undefined) {
    const external = mechanisms.indexOf("EXTERNAL");
    return [
      ...(external < 0 ? [] : [{ path: [...here, "mechanisms", external], text: NEED }]),
      ...(clientCrlFile === undefined ? [] : [{ path: paths.crl, text: NEED }]),
    ];
  }
  const unreadable = [...readable(clientCaFile, paths.ca), ...readable(clientCrlFile, paths.crl)];
  if (unreadable.length > 0) return unreadable;
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

/** CAs none of whose certificates can be accepted, because their revocation lists are missing. */
export function clientTrustWarnings({ tls }: Pick<InstanceConfig, "tls">): string[] {
  const { clientCaFile, clientCrlFile } = tls ?? {};
  if (clientCaFile === undefined || clientCrlFile === undefined) return [];
  return readTrust(clientCaFile, clientCrlFile).unlisted.map(
    (which) =>
      `${clientCaFile}: ${which} has no revocation list in clientCrlFile: certificates that it signed are refused`,
  );
}
