import { z } from "zod";
import { clientLimits } from "./client-limits.ts";
import { bytes, count, seconds } from "./values.ts";

/** Time-outs, sizes and counts of one instance. */
export const Limits = z.strictObject({
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
  preAuthSeconds: seconds.default(10).describe("Time for the directory's word on a password (preAuth)."),
  preAuthBinds: count.default(32).describe("Passwords that the directory is asked about at once (preAuth)."),
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
  keepAliveSeconds: seconds
    .default(60)
    .describe(
      "Silence on a connection, of client or store, before TCP asks whether the other is still there.",
    ),
  proxyHeaderSeconds: seconds.default(3).describe("Time for a PROXY header."),
  hops: count
    .max(100)
    .default(5)
    .describe("Multiplexors that a login may pass through, as told by ID and XCLIENT: a loop ends there."),
  connections: count.default(100_000).describe("Connections that this instance holds at once."),
  ...clientLimits,
});
export type Limits = z.infer<typeof Limits>;

/** What all instances of a process share. */
export const EdgeConfig = z.strictObject({
  relayBytes: bytes
    .min(1_048_576)
    .default(268_435_456)
    .describe(
      "What all sessions of a process may hold for slow clients together. From half of it on stores wait at once; past it the sessions that wait for the longest end.",
    ),
  loginBytes: bytes
    .default(4_194_304)
    .describe(
      "What clients may leave unfinished or unread before login, beyond 2 KiB each, together; past it those that have sat for the longest are cut off.",
    ),
  snapshotFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      "File for a snapshot of the route cache: an edge that starts while the route API is unavailable serves the users that it has. Other workers write beside it, with a number behind the name.",
    ),
  snapshotSeconds: seconds.min(1).default(300).describe("Time between two snapshots."),
});
export type EdgeConfig = z.infer<typeof EdgeConfig>;
