import { z } from "zod";
import { Protocol } from "../../route-api/contract/protocols.ts";
import { Limits } from "./limits.ts";
import { loginSettings } from "./login-settings.ts";
import { network } from "./network.ts";
import { Penalties } from "./penalties.ts";
import { bytes, count, lineText, port, seconds, TlsMode } from "./values.ts";

const ListenerConfig = z.strictObject({
  protocol: Protocol,
  address: z.string().default("0.0.0.0").describe("Local address."),
  port: port.describe("Local port; 0 takes a free one."),
  tls: TlsMode.default("none").describe("How TLS begins."),
  proxyProtocol: z
    .enum(["none", "v1", "v2", "any"])
    .default("none")
    .describe("PROXY header that every connection must begin with."),
  trustedProxies: z
    .array(network)
    .default([])
    .describe("Who may send it: addresses and ranges such as 10.0.0.0/8. Others are refused."),
});
export type ListenerConfig = z.infer<typeof ListenerConfig>;

/** Longer than a login may take there is no use in waiting. */
export const LOOKUP_MAX_SECONDS = 60;

const RouteCacheConfig = z.strictObject({
  freshSeconds: z
    .number()
    .min(0)
    .default(60)
    .describe(
      "A route is used without asking again for this long where no changes are told; 0 asks at every login.",
    ),
  followedSeconds: z
    .number()
    .min(0)
    .default(3600)
    .describe("The same where the API tells of changes: a route that changes is dropped at once."),
  feedSilentSeconds: seconds
    .default(10)
    .describe("The API counts as telling of changes until it has said nothing for this long."),
  staleSeconds: z
    .number()
    .min(0)
    .default(86_400)
    .describe("Behind that it is still used while the API is asked, or is out."),
  negativeSeconds: z
    .number()
    .min(0)
    .default(5)
    .describe("An unknown or ambiguous name is not asked for again for this long."),
  bytes: bytes
    .min(65_536)
    .default(67_108_864)
    .describe("What the cache may hold, about; what was used longest ago goes first."),
  lookupSeconds: seconds
    .max(LOOKUP_MAX_SECONDS)
    .default(3)
    .describe("Longest that a login waits for the route API, all its addresses together."),
  circuitFailures: count
    .default(5)
    .describe("Look-ups that fail in a row, at every address, before the API is left alone for a while."),
  circuitOpenSeconds: seconds
    .default(5)
    .describe("How long: look-ups fail at once or use old routes; then one tries again."),
});
export type RouteCacheConfig = z.infer<typeof RouteCacheConfig>;

const Mechanism = z.enum([
  "PLAIN",
  "LOGIN",
  "XOAUTH2",
  "OAUTHBEARER",
  "SCRAM-SHA-1",
  "SCRAM-SHA-256",
  "EXTERNAL",
]);

/** More processes than any machine has cores are a mistake in typing. */
const WORKERS_MAX = 1024;

/** One multiplexor: its listeners, TLS and limits. */
export const InstanceConfig = z.strictObject({
  listeners: z.array(ListenerConfig).min(1),
  tls: z
    .strictObject({
      certificates: z
        .array(z.strictObject({ certFile: z.string().min(1), keyFile: z.string().min(1) }))
        .min(1)
        .describe(
          "Chain and key, PEM. With several, the client's SNI picks one; the first is for all others.",
        ),
      clientCaFile: z
        .string()
        .min(1)
        .optional()
        .describe(
          "CAs that sign clients' certificates, PEM; each that signs must be there. Where it is set, clients are asked for one.",
        ),
      clientCrlFile: z
        .string()
        .min(1)
        .optional()
        .describe("Revocation lists of those CAs, PEM. A list past its time takes out all of its CA."),
      certmapFile: z
        .string()
        .min(1)
        .optional()
        .describe("Which entry a client's certificate means (certmap.conf)."),
      certmapBase: z
        .string()
        .optional()
        .describe("DN below which certificates are searched for by maps whose DNComps is empty."),
    })
    .optional(),
  mechanisms: z
    .array(Mechanism)
    .default(["PLAIN", "LOGIN"])
    .describe(
      "SASL mechanisms that clients may use. Tokens and SCRAM go to the store as they are: it must know them. EXTERNAL is the client's certificate.",
    ),
  ...loginSettings,
  banner: lineText.default("Messaging Multiplexor ready").describe("Text of the greeting."),
  imapCapabilities: z
    .array(z.string().regex(/^[\x21-\x7e]+$/))
    .default(["IMAP4rev1", "LITERAL+", "ID", "IDLE"])
    .describe("What all stores can do; STARTTLS, LOGINDISABLED, SASL-IR and AUTH= are added as they apply."),
  serverDownAlert: lineText
    .default("Your IMAP server appears to be temporarily out of service.")
    .describe("ALERT that an IMAP user sees while the store is down."),
  spoofMessageFile: z
    .string()
    .optional()
    .describe(
      "Message that a POP3 user finds, alone, while the store is down; without it the login fails for now.",
    ),
  workers: z
    .union([count.max(WORKERS_MAX), z.literal("auto")])
    .default("auto")
    .describe("Processes of `mmp edge` that share the listeners; auto is one a core."),
  routeCache: RouteCacheConfig.prefault({}),
  limits: Limits.prefault({}),
  penalties: Penalties.optional().describe(
    "What wrong passwords cost the client that sends them. Off by default: behind a balancer that hides addresses all clients would be one.",
  ),
});
export type InstanceConfig = z.infer<typeof InstanceConfig>;
