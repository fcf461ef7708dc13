import { z } from "zod";
import { count, hostPort, oneOrMore } from "./values.ts";

/** What a token permits. */
export const Scope = z.enum(["edge", "support", "admin"]);
export type Scope = z.infer<typeof Scope>;

const Token = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/)
    .describe("Name of the bearer, for the log."),
  file: z.string().min(1).describe("File with the token."),
  scopes: z.array(Scope).min(1).describe("What the token permits."),
});

const Jwt = z.strictObject({
  jwksUrl: z.url({ protocol: /^https?$/ }).describe("URL of the issuer's key set (RFC 7517)."),
  issuer: z.string().min(1).describe("Required value of the token's iss."),
  audience: z.string().min(1).describe("Value that the token's aud must contain."),
  scopeClaim: z.string().default("scope").describe("Claim with the scopes mmp:edge, mmp:support, mmp:admin."),
});

const ApiLimits = z.strictObject({
  bodyBytes: count.default(65_536).describe("Largest request body, in bytes."),
  concurrentRequests: count
    .default(512)
    .describe("Concurrent requests, not counting long polls; further ones get 503."),
  longPolls: count.default(4096).describe("Concurrent long polls for changes; further ones get 503."),
  requestsPerSecond: count
    .default(200)
    .describe("Requests per second for each support or admin token; further ones get 429."),
});

/** The route API: its address, its URL for edges, and its tokens. */
export const RouteApiConfig = z.strictObject({
  listen: hostPort.default("127.0.0.1:8080").describe("Address and port to listen on."),
  url: oneOrMore(z.url({ protocol: /^https?$/ }))
    .default(["http://127.0.0.1:8080"])
    .describe("URL where edges reach the API, or several equivalent ones."),
  caFile: z.string().optional().describe("CA certificates (PEM) to verify an https:// url with."),
  tokenFile: z.string().min(1).describe("File with the edges' bearer token."),
  tokens: z.array(Token).default([]).describe("Additional tokens, for support agents and programs."),
  jwt: Jwt.optional().describe("Accept signed tokens (JWT) from an identity provider as well."),
  limits: ApiLimits.prefault({}),
});
export type RouteApiConfig = z.infer<typeof RouteApiConfig>;
