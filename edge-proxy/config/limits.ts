import { z } from "zod";
import { filePath } from "../../route-api/contract/file-paths.ts";
import { listenAddress } from "../../route-api/contract/listen-address.ts";
import { clientLimits } from "./client-limits.ts";
import { bytes, count, seconds } from "./values.ts";

/** Time-outs, sizes and counts of one instance. */
export const Limits = z.strictObject({
  loginSeconds: seconds.default(60).describe("Time limit for everything before login."),
  lineBytes: bytes.default(8192).describe("Longest command line before login."),
  tokenLineBytes: bytes.default(65_536).describe("Longest line of a SASL exchange, which may carry a token."),
  idBytes: bytes
    .default(40_960)
    .describe("Longest IMAP ID command, literals included: RFC 2971 allows 30 fields of 1,024 octets."),
  literalBytes: bytes.default(4096).describe("Longest literal before login."),
  badCommands: count.default(3).describe("Malformed commands before the edge disconnects the client."),
  wrongPasswords: count.default(5).describe("Failed logins before the edge disconnects the client."),
  failedLoginSeconds: z
    .number()
    .min(0)
    .max(30)
    .default(2.5)
    .describe("Shortest time to the answer to a failed login, so that timing does not show why it failed."),
  connectSeconds: seconds.default(5).describe("Time limit for connecting to a store, TLS included."),
  bannerSeconds: seconds.default(10).describe("Time limit for the store's greeting."),
  storeLoginSeconds: seconds.default(30).describe("Time limit for the store's answer to the login."),
  preAuthSeconds: seconds
    .default(10)
    .describe("Time limit for the directory's answer about a password (preAuth)."),
  preAuthBinds: count
    .default(32)
    .describe("Passwords that may be checked with the directory at the same time (preAuth)."),
  imapIdleSeconds: seconds
    .min(1)
    .default(1860)
    .describe("Idle time-out of IMAP sessions (RFC 9051: at least 30 minutes)."),
  pop3IdleSeconds: seconds
    .min(1)
    .default(610)
    .describe("Idle time-out of POP3 sessions (RFC 1939: at least 10 minutes)."),
  relayBufferBytes: bytes
    .default(262_144)
    .describe("Data buffered for one slow client before the edge stops reading from its store."),
  keepAliveSeconds: seconds
    .default(60)
    .describe(
      "Silence on a connection to a client or store before TCP keep-alive probes it. Bun and Node probe once a second and give up after ten probes without an answer; under Deno the kernel decides.",
    ),
  proxyHeaderSeconds: seconds.default(3).describe("Time limit for the PROXY header."),
  hops: count
    .max(100)
    .default(5)
    .describe("Multiplexors that a login may pass through, as counted by ID and XCLIENT; it stops loops."),
  holdSeconds: seconds
    .default(30)
    .describe("How long a login waits while its account or store is on hold; then it fails for now."),
  heldLogins: count
    .default(1000)
    .describe(
      "Logins of a process that may wait at the same time because of holds, about 10 KiB each; further ones fail for now.",
    ),
  connections: count.default(100_000).describe("Connections to this instance at the same time."),
  ...clientLimits,
});
export type Limits = z.infer<typeof Limits>;

/** What all instances of a process share. */
export const EdgeConfig = z.strictObject({
  relayBytes: bytes
    .min(1_048_576)
    .default(268_435_456)
    .describe(
      "Total memory of a process for data buffered for slow clients. Above half of it, stores are paused at once; above all of it, the sessions that have waited longest are closed.",
    ),
  loginBytes: bytes
    .default(4_194_304)
    .describe(
      "Total memory for unfinished commands and unread replies before login; the first 2 KiB of each client are free. Above it, the clients that have been idle longest are disconnected.",
    ),
  logLogins: z
    .boolean()
    .default(true)
    .describe(
      "Whether the log has a line for each login, with the duration of its steps and the name of the mail program, beside the line at the end of the session.",
    ),
  historyBytes: bytes
    .default(33_554_432)
    .describe(
      "Memory of a process for sessions that have ended and their failed logins, which support is shown; about 1 KiB each. The oldest are forgotten.",
    ),
  historyQueue: count
    .default(1000)
    .describe(
      "Logins of a process that wait to be kept by the route store (`history`); further ones are dropped and counted.",
    ),
  historySeconds: seconds
    .max(60)
    .default(2)
    .describe("Longest time that a login waits before it is sent to be kept, in one request with others."),
  historyClients: count
    .default(20_000)
    .describe(
      "Accounts with a client network and protocol that a process remembers as having logged in today, so that they are sent once.",
    ),
  metricsListen: listenAddress
    .optional()
    .describe(
      "Address and port at which Prometheus finds the metrics of all processes, as /metrics. They are not served unless it is set, and to everyone who can connect.",
    ),
  snapshotFile: filePath("output")
    .optional()
    .describe(
      "Where to save the route cache, so that an edge that starts while the route API is unavailable can serve known users. Each process adds its number and an id to the name; edges may share the folder.",
    ),
  snapshotSeconds: seconds.min(1).default(300).describe("Interval at which the route cache is saved."),
  warmUpLogins: z
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe(
      "Logins that each `mmp edge` process makes at a private edge on loopback before it listens, so that its code is already compiled when the first clients connect. 0 turns the warm-up off.",
    ),
  warmUpSeconds: seconds
    .max(60)
    .default(5)
    .describe("Time limit for the warm-up. Once it expires, the process listens even if logins are left."),
});
export type EdgeConfig = z.infer<typeof EdgeConfig>;
