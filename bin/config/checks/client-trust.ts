import { readFileSync } from "node:fs";
import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import {
  type ClientAuthorities,
  clientAuthorities,
  TrustError,
} from "../../../edge-proxy/x509/client-authorities.ts";
import type { Fault, Path } from "../mistakes.ts";
import { readable, withoutMark } from "./files.ts";

const NEED = "needs tls.clientCaFile, the CAs that sign client certificates";

/** Checks the CAs of clients and their revocation lists, and what needs them. */
export function checkClientTrust(
  { tls, mechanisms }: InstanceConfig,
  here: Path,
  hasDomainTrust: boolean,
): Fault[] {
  const { clientCaFile, clientCrlFile } = tls ?? {};
  const paths = { ca: [...here, "tls", "clientCaFile"], crl: [...here, "tls", "clientCrlFile"] };
  if (clientCaFile === undefined) {
    const external = mechanisms.indexOf("EXTERNAL");
    return [
      ...(external < 0 || hasDomainTrust ? [] : [{ path: [...here, "mechanisms", external], text: NEED }]),
      ...(clientCrlFile === undefined ? [] : [{ path: paths.crl, text: NEED }]),
    ];
  }
  const unreadable = [...readable(clientCaFile, paths.ca), ...readable(clientCrlFile, paths.crl)];
  if (unreadable.length > 0) return unreadable;
  const marked = [...withoutMark(clientCaFile, paths.ca), ...withoutMark(clientCrlFile, paths.crl)];
  if (marked.length > 0) return marked;
  return trustFaults(clientCaFile, clientCrlFile).map(({ part, text }) => ({ path: paths[part], text }));
}

/** What is wrong with readable CAs and their revocation lists. */
export function trustFaults(
  caFile: string,
  crlFile: string | undefined,
): { part: "ca" | "crl"; text: string }[] {
  try {
    readTrust(caFile, crlFile);
    return [];
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    const { part } = error;
    return [{ part, text: `${{ ca: caFile, crl: crlFile }[part]}: ${error.message}` }];
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
