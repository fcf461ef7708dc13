import { z } from "zod";
import { count, hostPort, oneOrMore } from "./values.ts";

/** What a token lets its bearer do. */
export const Scope = z.enum(["edge", "support", "admin"]);
export type Scope = z.infer<typeof Scope>;

const Token = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/)
    .describe("Who bears it: for the log."),
  file: z.string().min(1).describe("File that holds it."),
  scopes: z.array(Scope).min(1).describe("What it is for."),
});

const Jwt = z.strictObject({
  jwksUrl: z.url({ protocol: /^https?$/ }).describe("Where the keys are (RFC 7517)."),
  issuer: z.string().min(1).describe("Must be the token's iss."),
  audience: z.string().min(1).describe("Must be in the token's aud."),
  scopeClaim: z
    .string()
    .default("scope")
    .describe("Claim with the scopes: mmp:edge, mmp:support, mmp:admin."),
});

const ApiLimits = z.strictObject({
  bodyBytes: count.default(65_536).describe("Largest body of a request."),
  concurrentRequests: count
    .default(512)
    .describe("Requests under way at once, long polls apart; more get 503."),
  longPolls: count.default(4096).describe("Edges that wait for changes at once."),
  requestsPerSecond: count.default(200).describe("By token, support and admin only; more get 429."),
});

/** The route API: where it listens, where edges find it, and who may ask it. */
export const RouteApiConfig = z.strictObject({
  listen: hostPort.default("127.0.0.1:8080").describe("Address and port to listen on."),
  url: oneOrMore(z.url({ protocol: /^https?$/ }))
    .default(["http://127.0.0.1:8080"])
    .describe("Where edges reach it: one URL, or several of which each is as good."),
  caFile: z.string().optional().describe("CA certificates (PEM) that vouch for an https:// url."),
  tokenFile: z.string().min(1).describe("File that holds the edges' bearer token."),
  tokens: z.array(Token).default([]).describe("Further tokens, for support agents and programs."),
  jwt: Jwt.optional().describe("Signed tokens of an identity provider are taken too."),
  limits: ApiLimits.prefault({}),
});
export type RouteApiConfig = z.infer<typeof RouteApiConfig>;
