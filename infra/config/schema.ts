import { z } from "zod";
import { InstanceConfig } from "../../edge-proxy/config/instance.ts";
import { EdgeConfig } from "../../edge-proxy/config/limits.ts";
import { Stores } from "../../edge-proxy/config/stores.ts";
import { DirectoryConfig } from "../../route-api/config/directory.ts";
import { RouteApiConfig } from "../../route-api/config/route-api.ts";
import { LoadBalancerConfig } from "./load-balancers.ts";
import { NetworkConfig, network } from "./network.ts";
import { AlarmConfig, DataConfig, ImageConfig, LogConfig } from "./operations.ts";
import { SecretConfig } from "./secrets.ts";
import { Sizes } from "./sizes.ts";

const hostName = z.string().regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "must be a host name");

const Environment = z.strictObject({
  account: z
    .string()
    .regex(/^\d{12}$/, "must be an account number of 12 digits")
    .optional()
    .describe("AWS account."),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a region")
    .optional()
    .describe("AWS region."),
});

const Domain = z.strictObject({
  hostedZone: z
    .strictObject({
      id: z
        .string()
        .regex(/^Z[A-Z0-9]+$/, "must be the id of a hosted zone")
        .describe("Hosted zone in Route 53."),
      name: hostName.describe("Its name."),
    })
    .optional()
    .describe(
      "Zone in Route 53: names of load balancers are put there, and the route API's certificate is proved by it.",
    ),
});

/** What of mmp.yaml's routeApi is the operator's; the deployment knows the rest. */
const RouteApi = RouteApiConfig.pick({ jwt: true, limits: true }).extend({
  run: z
    .enum(["service", "lambda"])
    .default("service")
    .describe("lambda: for small sites; no pre-authentication, and changes come late."),
  hostName: hostName.describe("Its name, in a private zone of the VPC: that of its certificate."),
  certificate: z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:\S+$/, "must be the ARN of a certificate")
    .optional()
    .describe("Its certificate in ACM; without one, one is made and proved by domain.hostedZone."),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe("CA certificates that vouch for it, where it is not a public one."),
  tokens: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z0-9_.-]{1,60}$/)
          .describe("Who bears it: for the log, and the name of its secret."),
        scopes: z
          .array(z.enum(["support", "admin"]))
          .min(1)
          .describe("What it is for."),
      }),
    )
    .default([])
    .describe("Tokens for support agents and programs: each is made, kept and rotated as a secret."),
  clients: z
    .array(network)
    .default([])
    .describe("Who else may reach it: networks of support agents and programs."),
  rotationDays: z.int().min(1).max(1000).default(30).describe("Days after which each token is replaced."),
});

/** The deployment: what infra/example.yaml shows. Parts with names of mmp.yaml's are the same as there. */
export const DeploymentConfig = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,19}$/, "must be of small letters, digits and hyphens, 20 at most")
    .default("mmp")
    .describe("What the names of stacks and resources begin with."),
  environment: Environment.prefault({}).describe("By default the account and region of the AWS CLI."),
  image: ImageConfig,
  network: NetworkConfig.prefault({}),
  domain: Domain.prefault({}),
  loadBalancers: z.record(
    z.string().regex(/^[a-z][a-z0-9-]{0,9}$/, "must be of small letters, digits and hyphens, 10 at most"),
    LoadBalancerConfig,
  ),
  secrets: z
    .record(
      z.string().regex(/^[a-z][A-Za-z0-9-]{0,30}$/, "must be of letters, digits and hyphens"),
      SecretConfig,
    )
    .default({}),
  files: z
    .array(z.string().min(1))
    .default([])
    .describe(
      "Files beside this one that mmp reads and that are no secrets: CA certificates, vdmap, spoof messages.",
    ),
  stores: Stores,
  storeNetworks: z.array(network).default([]).describe("Where the stores are; by default the VPC."),
  edge: EdgeConfig.prefault({}),
  instances: z.record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,20}$/, "must be of letters, digits and hyphens, 21 at most"),
    InstanceConfig,
  ),
  directory: DirectoryConfig,
  directoryNetworks: z.array(network).default([]).describe("Where the directory is; by default the VPC."),
  routeApi: RouteApi,
  sizes: Sizes.prefault({}),
  data: DataConfig.prefault({}),
  alarms: AlarmConfig,
  logs: LogConfig.prefault({}),
  refreshSeconds: z
    .int()
    .min(10)
    .max(600)
    .default(120)
    .describe("How often what runs looks for changed secrets and configuration."),
});
export type DeploymentConfig = z.infer<typeof DeploymentConfig>;
/** An instance, and one of its listeners, as the operator's file has them. */
export type DeployedInstance = DeploymentConfig["instances"][string];
export type DeployedListener = DeployedInstance["listeners"][number];
