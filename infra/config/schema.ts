import { z } from "zod";
import { InstanceConfig } from "../../edge-proxy/config/instance.ts";
import { EdgeConfig } from "../../edge-proxy/config/limits.ts";
import { Stores } from "../../edge-proxy/config/stores.ts";
import { DirectoryConfig } from "../../route-api/config/directory.ts";
import { HistoryConfig } from "../../route-api/config/history.ts";
import { RouteApiConfig } from "../../route-api/config/route-api.ts";
import { AccessConfig } from "./access.ts";
import { ImageConfig } from "./image.ts";
import { LoadBalancerConfig } from "./load-balancers.ts";
import { NetworkConfig, network, wideClients } from "./network.ts";
import { AlarmConfig, DataConfig, LogConfig } from "./operations.ts";
import { Quotas } from "./quotas.ts";
import { SecretConfig } from "./secrets.ts";
import { Sizes } from "./sizes.ts";

const hostName = z.string().regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "must be a host name");

/** AWS reserves keys that begin with aws:. */
const Tags = z
  .record(
    z
      .string()
      .regex(/^(?!aws:|application$)[\w .:/=+@-]{1,128}$/, "must be a key of a tag, and not application"),
    z.string().max(256),
  )
  .default({})
  .describe(
    "Tags of every stack, which CloudFormation gives to its resources, beside application, the deployment's name.",
  );

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
  permissionsBoundary: z
    .string()
    .regex(
      /^(arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/\S+|[\w+=,.@-]{1,128})$/,
      "must be the name or ARN of a policy",
    )
    .optional()
    .describe("Policy that bounds every role of the deployment: its name in this account, or its ARN."),
  bootstrapQualifier: z
    .string()
    .regex(/^[a-z0-9]{1,10}$/, "must be at most 10 lower-case letters and digits")
    .optional()
    .describe("Qualifier with which the CDK's bootstrap was made, if not the CDK's own."),
});

const Domain = z.strictObject({
  hostedZone: z
    .strictObject({
      id: z
        .string()
        .regex(/^Z[A-Z0-9]+$/, "must be the id of a hosted zone")
        .describe("Id of the hosted zone in Route 53."),
      name: hostName.describe("Its name."),
    })
    .optional()
    .describe("Route 53 zone for the load balancers' names; it also validates the route API's certificate."),
});

/** The route API's role names each token, and AWS limits the length of a role's policies. */
const TOKENS_MAX = 40;

/** The operator's part of mmp.yaml's routeApi; the deployment fills in the rest. */
const RouteApi = RouteApiConfig.pick({ jwt: true, limits: true, console: true }).extend({
  run: z
    .enum(["service", "lambda"])
    .default("service")
    .describe("lambda: for small sites only; no pre-authentication, and changes arrive late."),
  hostName: hostName.describe("Host name, in a private zone of the VPC; the certificate must be for it."),
  certificate: z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/\S+$/, "must be the ARN of a certificate")
    .optional()
    .describe(
      "ARN of its certificate in ACM; by default one is issued and validated through domain.hostedZone.",
    ),
  caFile: RouteApiConfig.shape.caFile.describe(
    "The only CAs that edges trust for it; by default Amazon's if ACM issues the certificate, otherwise the system's.",
  ),
  tokens: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z0-9_.-]{1,60}$/)
          .describe("Name of the bearer, in the log and in the secret's name."),
        scopes: z
          .array(z.enum(["support", "admin"]))
          .min(1)
          .describe("What it may be used for."),
      }),
    )
    .max(TOKENS_MAX, `must have at most ${TOKENS_MAX} entries`)
    .default([])
    .describe("Tokens for support agents and programs; each is generated, stored and rotated as a secret."),
  clients: z
    .array(network)
    .default([])
    .describe("Networks of support agents and programs that may reach it."),
  wideClients,
  rotationDays: z.int().min(1).max(1000).default(30).describe("Days between rotations of each token."),
});

/** The operator's file; infra/example.yaml is one. Sections named as in mmp.yaml are the same as there. */
export const DeploymentConfig = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,19}$/, "must be at most 20 lower-case letters, digits and hyphens")
    .default("mmp")
    .describe("Prefix of the names of stacks and resources."),
  environment: Environment.prefault({}).describe("Defaults to the account and region of the AWS CLI."),
  tags: Tags,
  image: ImageConfig,
  network: NetworkConfig.prefault({}),
  domain: Domain.prefault({}),
  loadBalancers: z.record(
    z.string().regex(/^[a-z][a-z0-9-]{0,9}$/, "must be at most 10 lower-case letters, digits and hyphens"),
    LoadBalancerConfig,
  ),
  secrets: z
    .record(
      z.string().regex(/^[a-z][A-Za-z0-9-]{0,30}$/, "must be letters, digits and hyphens"),
      SecretConfig,
    )
    .default({}),
  files: z
    .array(z.string().min(1))
    .default([])
    .describe(
      "Files beside this one that mmp reads and that are not secret: CA certificates, vdmap, spoof messages.",
    ),
  stores: Stores,
  storeNetworks: z.array(network).default([]).describe("Networks of the stores; by default the VPC."),
  edge: EdgeConfig.prefault({}),
  history: HistoryConfig.prefault({}),
  instances: z.record(
    z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,20}$/, "must be at most 21 letters, digits and hyphens"),
    InstanceConfig,
  ),
  directory: DirectoryConfig,
  directoryNetworks: z.array(network).default([]).describe("Networks of the directory; by default the VPC."),
  routeApi: RouteApi,
  sizes: Sizes.prefault({}),
  data: DataConfig.prefault({}),
  access: AccessConfig.prefault({}),
  alarms: AlarmConfig,
  logs: LogConfig.prefault({}),
  quotas: Quotas.prefault({}).describe("Quotas of the account, where AWS has raised them."),
  refreshSeconds: z
    .int()
    .min(10)
    .max(600)
    .default(120)
    .describe("How often tasks check for changed secrets and configuration."),
});
export type DeploymentConfig = z.infer<typeof DeploymentConfig>;
/** An instance, and one of its listeners, as the operator's file has them. */
export type DeployedInstance = DeploymentConfig["instances"][string];
export type DeployedListener = DeployedInstance["listeners"][number];
