import { Secret } from "../../route-api/contract/secret.ts";
import type { InstanceConfig } from "../config/instance.ts";
import type { ReadText } from "../identity/map-files.ts";
import type { VirtualDomain } from "../identity/virtual-domains/virtual-domain.ts";
import type { ListenerTls } from "../transport/transport.ts";
import type { ClientCertificateTrust } from "../x509/client-authorities.ts";
import { type ClientTrusts, clientVouchers } from "../x509/vouching.ts";

/** Files of CAs that sign clients' certificates, and of their revocation lists. */
interface TrustFiles {
  clientCaFile?: string | undefined;
  clientCrlFile?: string | undefined;
}

/** Reads the certificates and client CAs of an instance. Throws where a file cannot be read, or a CA not be used. */
export function readTls(
  { tls }: InstanceConfig,
  domains: readonly VirtualDomain[],
  readText: ReadText,
): ListenerTls {
  const certificates = (tls?.certificates ?? []).map(({ certFile, keyFile }) => ({
    cert: readText(certFile),
    key: readText(keyFile),
  }));
  const policy = { minimumVersion: tls?.minimumVersion, ciphers: tls?.ciphers };
  const needsServerName = domains.some(({ place }) => place.by.startsWith("sni"));
  const shared = { certificates, policy, needsServerName, ...readTickets(tls, readText) };
  const clientTrusts: ClientTrusts = {
    own: readTrust(tls ?? {}, readText),
    domains: new Map(
      domains.flatMap(({ name, overrides }) => {
        const trust = readTrust(overrides, readText);
        return trust === undefined ? [] : [[name, trust]];
      }),
    ),
  };
  if (clientTrusts.own === undefined && clientTrusts.domains.size === 0) return shared;
  clientVouchers(clientTrusts);
  return { ...shared, clientTrusts };
}

function readTickets(tls: InstanceConfig["tls"], readText: ReadText): Pick<ListenerTls, "tickets"> {
  if (tls?.ticketSecretFile === undefined) return {};
  const secret = new Secret(readText(tls.ticketSecretFile).replace(/\r?\n$/, ""));
  return { tickets: { secret, keySeconds: tls.ticketKeySeconds } };
}

function readTrust(
  { clientCaFile, clientCrlFile }: TrustFiles,
  readText: ReadText,
): ClientCertificateTrust | undefined {
  if (clientCaFile === undefined) return undefined;
  return {
    ca: readText(clientCaFile),
    ...(clientCrlFile === undefined ? {} : { crl: readText(clientCrlFile) }),
  };
}
