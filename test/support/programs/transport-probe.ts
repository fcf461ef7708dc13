/**
 * Listens as its argument says (JSON), by the transport of the runtime that runs it, and tells every client what it has
 * seen of it. In clear, the first bytes of a client begin TLS.
 */
import { runtimeTransport } from "../../../edge-proxy/transport/runtime.ts";
import type { Connection, ListenOptions } from "../../../edge-proxy/transport/transport.ts";
import type { ClientCertificateTrust } from "../../../edge-proxy/x509/client-authorities.ts";
import { fingerprintOf } from "../../../edge-proxy/x509/fingerprint.ts";

type ProbeOptions = Pick<ListenOptions, "certificates" | "needsServerName"> & {
  clientTrust?: ClientCertificateTrust;
};

const accept = (connection: Connection) => ({
  data() {
    if (connection.tlsVersion !== undefined) return;
    connection.write(Buffer.from("go\n"));
    connection.startTls();
  },
  secured() {
    const { serverName, tlsVersion, clientCertificate } = connection;
    const certificate = clientCertificate && fingerprintOf(clientCertificate.der);
    const seen = { serverName, tlsVersion, certificate, fault: clientCertificate?.fault };
    connection.write(Buffer.from(`${JSON.stringify(seen)}\n`));
  },
  drained() {},
  ended: () => connection.end(),
  closed() {},
});

const { clientTrust, ...options } = JSON.parse(process.argv[2] ?? "{}") as ProbeOptions;
const trusts = clientTrust && { clientTrusts: { own: clientTrust, domains: new Map() } };
const transport = await runtimeTransport();
const listen = async (tls: "implicit" | "starttls"): Promise<number> => {
  const place = { address: "127.0.0.1", port: 0, alpn: "imap", feedsTls: false };
  return (await transport.listen({ ...place, ...options, ...trusts, tls, accept })).port;
};
console.log(JSON.stringify({ implicit: await listen("implicit"), starttls: await listen("starttls") }));
