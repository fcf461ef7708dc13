import { z } from "zod";
import { Protocol } from "../../route-api/contract/protocols.ts";
import { LISTENER_DEFAULTS } from "./listener-defaults.ts";
import { network } from "./network.ts";
import { port, TlsMode } from "./values.ts";

/** An address and port that clients connect to. */
export const ListenerConfig = z.strictObject({
  protocol: Protocol.describe("Protocol spoken here."),
  address: z
    .string()
    .default(LISTENER_DEFAULTS.address)
    .describe(
      "Local address. :: serves IPv6 and IPv4, on a host without IPv6 only IPv4; 0.0.0.0 serves only IPv4.",
    ),
  port: port.describe("Local port; 0 picks a free one."),
  tls: TlsMode.default(LISTENER_DEFAULTS.tls).describe(
    "When TLS starts: never, by STARTTLS or STLS, or with the connection.",
  ),
  proxyProtocol: z
    .enum(["none", "v1", "v2", "any", "optional"])
    .default(LISTENER_DEFAULTS.proxyProtocol)
    .describe(
      "PROXY header that every connection must begin with; optional takes version 2 or none, while a balancer changes over.",
    ),
  trustedProxies: z
    .array(network)
    .default([])
    .describe(
      "Addresses and ranges, such as 10.0.0.0/8, that may send the PROXY header; all other peers are refused, or with `optional` have none.",
    ),
});
export type ListenerConfig = z.infer<typeof ListenerConfig>;
