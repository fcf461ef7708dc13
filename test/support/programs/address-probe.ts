/** Listens on `::` by the transport of the runtime that runs it, at a port that is claimed first, and tells each client its address. */
import { claimPort } from "../../../edge-proxy/transport/node.ts";
import { runtimeTransport } from "../../../edge-proxy/transport/runtime.ts";
import type { Connection, PortSharing } from "../../../edge-proxy/transport/transport.ts";

const accept = (connection: Connection) => {
  connection.write(Buffer.from(connection.remoteAddress));
  connection.end();
  return { data() {}, secured() {}, drained() {}, ended() {}, closed() {} };
};

const transport = await runtimeTransport();
const listen = async (sharing?: PortSharing): Promise<number> => {
  const place = { address: "::", port: await claimPort("::", 0), ...(sharing && { sharing }) };
  const listener = { certificates: [], tls: "none", feedsTls: false, alpn: "imap", accept } as const;
  return (await transport.listen({ ...place, ...listener })).port;
};
console.log(JSON.stringify([await listen(), await listen("claimed"), await listen("joined")]));
