import { z } from "zod";
import { filePath } from "../../route-api/contract/file-paths.ts";
import { Limits } from "./limits.ts";
import { ListenerConfig } from "./listener.ts";
import { loginSettings } from "./login-settings.ts";
import { Penalties } from "./penalties.ts";
import { RouteCacheConfig } from "./route-cache.ts";
import { tlsPolicy } from "./tls.ts";
import { count, lineText, seconds } from "./values.ts";

const Mechanism = z.enum([
  "PLAIN",
  "LOGIN",
  "XOAUTH2",
  "OAUTHBEARER",
  "SCRAM-SHA-1",
  "SCRAM-SHA-256",
  "EXTERNAL",
]);

const TlsConfig = z.strictObject({
  ...tlsPolicy,
  certificates: z
    .array(
      z.strictObject({
        certFile: filePath("settings").describe("Certificate chain (PEM)."),
        keyFile: filePath("secret").describe("Private key (PEM) of certFile."),
      }),
    )
    .min(1)
    .describe("Certificates shown to clients: the first, unless the client's SNI selects another."),
  ticketSecretFile: filePath("secret")
    .optional()
    .describe(
      "Secret of 32 characters or more. Processes and hosts with the same secret resume each other's TLS sessions. By default each process resumes only its own. Node only: no effect on Bun and Deno.",
    ),
  ticketKeySeconds: seconds
    .default(43_200)
    .describe("How long session tickets are issued and accepted under one key made from ticketSecretFile."),
  clientCaFile: filePath("settings")
    .optional()
    .describe(
      "CAs (PEM) that may sign client certificates, intermediates included. If set, clients are asked for a certificate.",
    ),
  clientCrlFile: filePath("settings")
    .optional()
    .describe(
      "Revocation lists (PEM) of those CAs. If a list has expired, all certificates from that CA are refused.",
    ),
  certmapFile: filePath("settings")
    .optional()
    .describe("certmap.conf, which maps client certificates to directory entries."),
  certmapBase: z
    .string()
    .optional()
    .describe("Base DN of certificate searches by maps whose DNComps is empty."),
});

/** A mistyped number of processes; no machine has so many cores. */
const WORKERS_MAX = 1024;

/** One multiplexor: its listeners, TLS and limits. */
export const InstanceConfig = z.strictObject({
  listeners: z.array(ListenerConfig).min(1),
  tls: TlsConfig.optional(),
  mechanisms: z
    .array(Mechanism)
    .default(["PLAIN", "LOGIN"])
    .describe(
      "SASL mechanisms offered to clients. Tokens and SCRAM are relayed to the store, which must support them; EXTERNAL uses the client certificate.",
    ),
  ...loginSettings,
  banner: lineText.default("Messaging Multiplexor ready").describe("Text of the greeting."),
  imapCapabilities: z
    .array(z.string().regex(/^[\x21-\x7e]+$/, "must be a capability, without spaces"))
    .default(["IMAP4rev1", "LITERAL+", "ID", "IDLE"])
    .describe(
      "Capabilities that all stores have; STARTTLS, LOGINDISABLED, SASL-IR and AUTH= are added as they apply.",
    ),
  serverDownAlert: lineText
    .default("Your IMAP server appears to be temporarily out of service.")
    .describe("ALERT shown to IMAP users while their store is down."),
  spoofMessageFile: filePath("settings")
    .optional()
    .describe(
      "The only message that POP3 users see while their store is down; without it, their logins fail with a temporary error.",
    ),
  workers: z
    .union([count.max(WORKERS_MAX), z.literal("auto")])
    .default("auto")
    .describe("Processes of `mmp edge` that share the listeners; auto starts one per core."),
  routeCache: RouteCacheConfig.prefault({}),
  limits: Limits.prefault({}),
  penalties: Penalties.optional().describe(
    "How failed logins delay later ones. No delays by default; set none where a load balancer hides client addresses.",
  ),
});
export type InstanceConfig = z.infer<typeof InstanceConfig>;
