import { z } from "zod";
import { filePath } from "../contract/file-paths.ts";
import { listenAddress } from "../contract/listen-address.ts";
import { Scope } from "../contract/tokens.ts";
import { TRACE_BYTES_MAX, TRACE_EVENTS_MAX, TRACES_MAX } from "../contract/traces.ts";
import { ConsoleConfig } from "./console.ts";
import { LISTEN_DEFAULT } from "./listen-default.ts";
import { allowClearText, count, oneOrMore } from "./values.ts";

export const Token = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "must be 1 to 64 letters, digits, dots, hyphens or underscores")
    .describe("Name of the bearer, for the log."),
  file: filePath("secret").describe("File with the token."),
  scopes: z.array(Scope).min(1).describe("What the token allows."),
});

const Jwt = z.strictObject({
  jwksUrl: z.url({ protocol: /^https?$/ }).describe("URL of the identity provider's public keys (RFC 7517)."),
  allowClearText: allowClearText.describe("Permit an http:// jwksUrl on another machine."),
  issuer: z.string().min(1).describe("Required value of the token's iss."),
  audience: z.string().min(1).describe("Value required in the token's aud."),
  acceptAnyType: z
    .boolean()
    .default(false)
    .describe(
      "Accept tokens that do not say that they are access tokens (typ at+jwt, RFC 9068), for issuers that cannot: an ID token of the same audience passes then too.",
    ),
  scopeClaim: z
    .string()
    .default("scope")
    .describe("Claim with the scopes: mmp:edge, mmp:support, mmp:admin."),
});

const ApiLimits = z.strictObject({
  bodyBytes: count.default(65_536).describe("Largest request body."),
  concurrentRequests: count
    .default(512)
    .describe("Requests at the same time, long polls not counted; further ones are answered with 503."),
  longPolls: count.default(4096).describe("Edges that may wait for changes at the same time."),
  requestsPerSecond: count
    .default(200)
    .describe("Requests per second of each support or admin token; further ones are answered with 429."),
  questionMs: count
    .max(30_000)
    .default(2000)
    .describe("How long the answers of edges are waited for: who is connected, and what was ended."),
  traces: count.max(TRACES_MAX).default(10).describe("Traces that may run at the same time."),
  traceEvents: count
    .max(TRACE_EVENTS_MAX)
    .default(2000)
    .describe("What each edge tells of a trace at most, in steps and lines."),
  traceBytes: count.max(TRACE_BYTES_MAX).default(500_000).describe("The same, in bytes."),
  auditDays: count.max(3650).default(400).describe("How long it is known which operator did what."),
});

/** The route API: where it listens, where edges find it, and who may use it. */
export const RouteApiConfig = z.strictObject({
  listen: listenAddress.default(LISTEN_DEFAULT).describe("Address and port to listen on."),
  url: oneOrMore(z.url({ protocol: /^https?$/ }))
    .default(["http://127.0.0.1:8080"])
    .describe("URL at which edges reach the route API, or a list of equivalent ones."),
  allowClearText: allowClearText.describe(
    "Permit an http:// url on another machine: tokens and user names can be read on the way.",
  ),
  certFile: filePath("settings")
    .optional()
    .describe("Certificate (PEM) with which the API itself serves TLS; needs keyFile."),
  keyFile: filePath("secret").optional().describe("Private key (PEM) of certFile."),
  selfSigned: z
    .boolean()
    .default(false)
    .describe(
      "Serve TLS with a self-signed certificate that is made at each start and never leaves memory: behind a load balancer that does not verify it, such as AWS's ALB.",
    ),
  clientCaFile: filePath("settings")
    .optional()
    .describe(
      "CAs (PEM) that sign the certificates of edges: a token with the scope edge then counts only with such a certificate.",
    ),
  caFile: filePath("settings")
    .optional()
    .describe("The only CAs (PEM) that edges trust for an https:// url; by default the system's."),
  clientCertFile: filePath("settings")
    .optional()
    .describe("Client certificate (PEM) that edges present to the API; needs clientKeyFile."),
  clientKeyFile: filePath("secret").optional().describe("Private key (PEM) of clientCertFile."),
  tokenFile: filePath("secret").describe("File with the edges' bearer token."),
  tokens: z.array(Token).default([]).describe("Further tokens, for support agents and programs."),
  jwt: Jwt.optional().describe("Accept tokens signed by an identity provider as well."),
  console: ConsoleConfig.prefault({}),
  limits: ApiLimits.prefault({}),
});
export type RouteApiConfig = z.infer<typeof RouteApiConfig>;
