import { Aws, RemovalPolicy, type Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { keysOf } from "../../parts/configuration-secret.ts";
import type { PartName } from "../../parts/part-names.ts";
import { configurationSecret } from "../../parts/secret-names.ts";
import type { Deployment } from "../../read-config.ts";
import { secretKeyAccess } from "./key-access.ts";
import { secretArn } from "./secret-arn.ts";

export interface PartConfiguration {
  /** Tells mmp where its configuration is. */
  environment: Record<string, string>;
  mayReadSecrets: iam.PolicyStatement[];
}

/**
 * Stores a part's configuration as a secret: mmp fetches it, and the secrets that it lists, to `folder` when it starts,
 * and checks for changes from then on.
 */
export function partConfiguration(
  stack: Stack,
  part: PartName,
  { config, parts }: Deployment,
  folder: string,
): PartConfiguration {
  const name = configurationSecret(config, part);
  const configuration = parts[part];
  if (configuration === undefined) throw new Error(`there is no part ${part}`);
  const kept = new secretsmanager.CfnSecret(stack, "Configuration", {
    name,
    description: "mmp.yaml, the files beside it and a list of secrets; written by cdk deploy",
    secretString: JSON.stringify(configuration),
  });
  kept.applyRemovalPolicy(RemovalPolicy.DESTROY);
  Validations.of(kept).acknowledge({
    id: "AwsSolutions-SMG4",
    reason: "It is configuration without secrets; each deployment writes it.",
  });
  const listed = configuration.secrets.map(({ secret }) => secretArn(stack, secret));
  return {
    environment: {
      AWS_REGION: Aws.REGION,
      MMP_CONFIG: `${folder}/mmp.yaml`,
      MMP_SECRETS: name,
      MMP_SECRETS_SECONDS: String(config.refreshSeconds),
      MMP_METRICS_NAMESPACE: config.name,
    },
    mayReadSecrets: [
      new iam.PolicyStatement({
        actions: ["secretsmanager:GetSecretValue"],
        resources: [kept.attrId, ...new Set(listed)],
      }),
      ...secretKeyAccess(keysOf(config, configuration)),
    ],
  };
}
