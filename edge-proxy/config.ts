import { z } from "zod";

const port = z.number().int().min(0).max(65_535);
const seconds = z.number().positive().max(86_400);
const bytes = z.number().int().positive();
/** A value that goes into a protocol line: no control characters. */
const lineText = z.string().regex(/^[^\u0000-\u001f\u007f]*$/, "must be one line without control characters");

export const Protocol = z.enum(["imap", "pop3"]);
export type Protocol = z.infer<typeof Protocol>;

/** How TLS begins: never, by STARTTLS/STLS, or with the connection. */
export const TlsMode = z.enum(["none", "starttls", "implicit"]);
export type TlsMode = z.infer<typeof TlsMode>;

const StoreService = z.strictObject({
  port: port.min(1).describe("Port of the store."),
  tls: TlsMode.default("starttls").describe("How TLS to the store begins."),
});
export type StoreService = z.infer<typeof StoreService>;

/** How to reach a mail store that a route's mailHost names. */
export const StoreConfig = z.strictObject({
  address: z.string().min(1).optional().describe("Address or host name; by default the mailHost itself."),
  imap: StoreService.optional(),
  pop3: StoreService.optional(),
  serverName: z
    .string()
    .optional()
    .describe("Name that the store's certificate must bear; by default the mailHost."),
  caFile: z.string().optional().describe("CA certificates (PEM) that vouch for the store."),
  verifyCertificate: z.boolean().default(true).describe("Refuse a store whose certificate does not check."),
});
export type StoreConfig = z.infer<typeof StoreConfig>;

export const Stores = z.record(z.string().min(1), StoreConfig);
export type Stores = z.infer<typeof Stores>;

const ListenerConfig = z.strictObject({
  protocol: Protocol,
  address: z.string().default("0.0.0.0").describe("Local address."),
  port: port.describe("Local port; 0 takes a free one."),
  tls: TlsMode.default("none"),
});
export type ListenerConfig = z.infer<typeof ListenerConfig>;

const Limits = z.strictObject({
  loginSeconds: seconds.default(60).describe("Time for everything before login."),
  lineBytes: bytes.default(8192).describe("Longest command line before login."),
  tokenLineBytes: bytes.default(65_536).describe("Longest line of a SASL exchange, for tokens."),
  literalBytes: bytes.default(4096).describe("Longest literal before login."),
  badCommands: z
    .number()
    .int()
    .positive()
    .default(3)
    .describe("Malformed commands before the edge hangs up."),
  wrongPasswords: z.number().int().positive().default(5).describe("Failed logins before the edge hangs up."),
  failedLoginSeconds: z
    .number()
    .min(0)
    .max(30)
    .default(2.5)
    .describe(
      "A failed login is answered no sooner than this, so that its time does not tell why it failed.",
    ),
  connectSeconds: seconds.default(5).describe("Time for a store to accept the connection, TLS included."),
  bannerSeconds: seconds.default(10).describe("Time for a store's greeting."),
  storeLoginSeconds: seconds.default(30).describe("Time for a store to answer the login."),
  imapIdleSeconds: seconds
    .min(1)
    .default(1860)
    .describe("Idle time of an IMAP session (RFC 9051: 30 minutes or more)."),
  pop3IdleSeconds: seconds
    .min(1)
    .default(610)
    .describe("Idle time of a POP3 session (RFC 1939: 10 minutes or more)."),
  relayBufferBytes: bytes
    .default(262_144)
    .describe("What the edge holds for one slow client before it pauses the store."),
  connections: bytes.default(100_000).describe("Connections that this instance holds at once."),
});
export type Limits = z.infer<typeof Limits>;

const RouteCacheConfig = z.strictObject({
  freshSeconds: z.number().min(0).default(60).describe("A route is used without asking again for this long."),
  staleSeconds: z
    .number()
    .min(0)
    .default(86_400)
    .describe("Behind that it is still used while the API is asked, or is out."),
  negativeSeconds: z
    .number()
    .min(0)
    .default(5)
    .describe("An unknown user is not asked for again for this long."),
  entries: bytes.default(100_000).describe("Routes kept at most."),
  lookupSeconds: seconds.default(3).describe("Longest wait for the route API."),
});
export type RouteCacheConfig = z.infer<typeof RouteCacheConfig>;

/** One multiplexor: its listeners, TLS and limits. */
export const InstanceConfig = z.strictObject({
  listeners: z.array(ListenerConfig).min(1),
  tls: z
    .strictObject({
      certificates: z
        .array(z.strictObject({ certFile: z.string().min(1), keyFile: z.string().min(1) }))
        .min(1)
        .max(1, "several certificates are not supported yet"),
    })
    .optional(),
  allowPlaintextLogin: z.boolean().default(false).describe("Accept passwords over a connection without TLS."),
  defaultDomain: lineText.optional().describe("Appended to a login name without a domain."),
  banner: lineText.default("Messaging Multiplexor ready").describe("Text of the greeting."),
  imapCapabilities: z
    .array(z.string().regex(/^[\x21-\x7e]+$/))
    .default(["IMAP4rev1", "LITERAL+", "ID", "IDLE"])
    .describe("What all stores can do; STARTTLS, LOGINDISABLED, SASL-IR and AUTH= are added as they apply."),
  serverDownAlert: lineText
    .default("Your IMAP server appears to be temporarily out of service.")
    .describe("ALERT that an IMAP user sees while the store is down."),
  routeCache: RouteCacheConfig.prefault({}),
  limits: Limits.prefault({}),
});
export type InstanceConfig = z.infer<typeof InstanceConfig>;
