import type { InstanceConfig } from "../config/instance.ts";
import type { ReadText } from "../identity/map-files.ts";
import type { ListenerTls } from "../transport/transport.ts";
import { type ClientCertificateTrust, clientAuthorities } from "../x509/client-authorities.ts";

/** Reads the certificates and client CAs of an instance. Throws where a file cannot be read, or a CA not be used. */
export function readTls({ tls }: InstanceConfig, needsServerName: boolean, readText: ReadText): ListenerTls {
  const certificates = (tls?.certificates ?? []).map(({ certFile, keyFile }) => ({
    cert: readText(certFile),
    key: readText(keyFile),
  }));
  if (tls?.clientCaFile === undefined) return { certificates, needsServerName };
  const { clientCaFile, clientCrlFile } = tls;
  const clientTrust: ClientCertificateTrust = {
    ca: readText(clientCaFile),
    ...(clientCrlFile === undefined ? {} : { crl: readText(clientCrlFile) }),
  };
  clientAuthorities(clientTrust);
  return { certificates, clientTrust, needsServerName };
}
