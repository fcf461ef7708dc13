import { z } from "zod";
import { isLoopbackUrl } from "../contract/loopback.ts";
import { count } from "./values.ts";

const group = z.string().min(1);

const LoadBalancer = z.strictObject({
  signer: z
    .string()
    .regex(
      /^arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:loadbalancer\/app\/[\w/-]+$/,
      "must be the ARN of an Application Load Balancer",
    )
    .describe("ARN of the Application Load Balancer that signs users in."),
  issuer: z.string().min(1).describe("The issuer that it is configured with."),
  keysUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => url.startsWith("https:") || isLoopbackUrl(url), "must be https://")
    .optional()
    .describe("Where its public keys are, below this URL by key ID; by default the endpoint of its region."),
  nameClaim: z.string().min(1).default("email").describe("Claim with the name for the audit; else sub."),
  groupsClaim: z
    .string()
    .min(1)
    .default("groups")
    .describe("Claim with the user's groups: a list, or words."),
  groups: z
    .strictObject({
      support: z.array(group).default([]).describe("Groups whose members see everything."),
      admin: z.array(group).default([]).describe("Groups whose members can also act."),
    })
    .prefault({}),
});

/** The console for support agents, at `/console` of the route API. */
export const ConsoleConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      "Serve the console at /console. It shows and does only what the token that was typed there may; without a support or admin token nobody can sign in.",
    ),
  sessionSeconds: count
    .max(86_400)
    .default(28_800)
    .describe("How long somebody stays signed in to the console: a shift."),
  signInsPerMinute: count
    .default(20)
    .describe("Attempts to sign in per minute from one address; further ones are answered with 429."),
  liveViews: count
    .default(64)
    .describe(
      "Pages that are kept current at the same time; others show what was true when they were opened.",
    ),
  loadBalancer: LoadBalancer.optional().describe(
    "Sign in whom an AWS load balancer has signed in by OpenID Connect; tokens are accepted as well.",
  ),
});
export type ConsoleConfig = z.infer<typeof ConsoleConfig>;
