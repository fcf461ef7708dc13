import { demands } from "./config/demand.ts";
import { ecrRepository } from "./config/image.ts";
import { DEFAULT_QUOTAS, QUOTA_NAMES } from "./config/quotas.ts";
import type { DeploymentConfig } from "./config/schema.ts";
import { filesOf, issuedSecrets } from "./config/secrets.ts";
import { operatorSecret } from "./parts/secret-names.ts";

/** Gives the addresses of a host name; rejects if there are none, or DNS cannot be asked. */
export type Resolve = (hostName: string) => Promise<string[]>;

/** What is left to the operator of this very configuration, one line each. */
export async function toDo(config: DeploymentConfig, resolve: Resolve): Promise<string[]> {
  return [
    ...secretsToFill(config),
    ...quotasToRaise(config),
    ...pullRights(config),
    ...caToName(config),
    ...keyPolicies(config),
    ...receiversToAdmit(config),
    ...(await names(config, resolve)),
  ];
}

function secretsToFill(config: DeploymentConfig): string[] {
  const issued = new Set(issuedSecrets(config).map(({ secret }) => secret));
  return Object.entries(config.secrets)
    .filter(([name, { arn, existing }]) => arn === undefined && !existing && !issued.has(name))
    .map(([name, secret]) => {
      const members = filesOf(secret).map(([key]) => key);
      const value = members.includes("") ? "" : `, a JSON object with ${members.join(" and ")}`;
      return `secret ${operatorSecret(config, name)}: put in its value${value}`;
    });
}

const quotasToRaise = (config: DeploymentConfig): string[] =>
  demands(config)
    .filter(({ quota, needed }) => needed > DEFAULT_QUOTAS[quota])
    .map(
      ({ quota, needed, use }) =>
        `quota "${QUOTA_NAMES[quota]}": ${needed} are needed (${use}), ${DEFAULT_QUOTAS[quota]} is the default; see that the account has them`,
    );

function pullRights({ image }: DeploymentConfig): string[] {
  const account = ecrRepository(image)?.account;
  if (account === undefined) return [];
  return [
    `image: the repository's policy in account ${account} must allow this account ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ecr:BatchCheckLayerAvailability`,
  ];
}

/** ACM does not say at synthesis who issued a certificate that is there already. */
const caToName = ({ routeApi: { certificate, caFile, hostName } }: DeploymentConfig): string[] =>
  certificate === undefined || caFile !== undefined
    ? []
    : [
        `routeApi.caFile: name the CA that issued ${certificate}; without it, edges trust every public CA for ${hostName}`,
      ];

/** Keys that a service of AWS uses in its own name, so that only the key's policy can let it. */
function keyPolicies({ logs, alarms, sizes }: DeploymentConfig): string[] {
  const users: [key: string | undefined, service: string][] = [
    [logs.kmsKey, "CloudWatch Logs (logs.<region>.amazonaws.com)"],
    [alarms.kmsKey, "CloudWatch (cloudwatch.amazonaws.com)"],
    [sizes.edge.diskKmsKey, "the role AWSServiceRoleForAutoScaling, with kms:CreateGrant,"],
  ];
  return users.flatMap(([key, service]) =>
    key === undefined ? [] : [`key ${key}: its policy must allow ${service} to encrypt and decrypt`],
  );
}

/** What a topic cannot give itself. */
const receiversToAdmit = ({ alarms: { receivers } }: DeploymentConfig): string[] =>
  receivers.flatMap(({ protocol, endpoint }) => {
    if (protocol === "https") return [`alarms: ${endpoint} must confirm its subscription`];
    if (protocol === "sqs") return [`alarms: the policy of ${endpoint} must let the topic send messages`];
    return [];
  });

/** A record that exists cannot be created: the deployment would fail, or clients would be cut over too early. */
async function names({ loadBalancers }: DeploymentConfig, resolve: Resolve): Promise<string[]> {
  const lines = await Promise.all(
    Object.entries(loadBalancers).map(async ([name, { hostName, record }]) => {
      if (hostName === undefined) return [];
      const existing = await resolve(hostName).catch((): string[] => []);
      const there = existing.length === 0 ? "" : `; it exists and leads to ${existing.join(", ")}`;
      if (record === "none")
        return [`name ${hostName}: point it at load balancer ${name} once the first sync has ended${there}`];
      return there === ""
        ? []
        : [`name ${hostName}: if it is not of this deployment, creating it fails${there}`];
    }),
  );
  return lines.flat();
}
