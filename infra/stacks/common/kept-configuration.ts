import { Aws, RemovalPolicy, type Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { type ArnOf, documentSecret, manifestOf } from "../../parts/manifest.ts";
import type { Part } from "../../parts/mmp-yaml.ts";
import type { Deployment } from "../../read-config.ts";

export interface KeptConfiguration {
  /** Tells mmp where its configuration and its secrets are. */
  environment: Record<string, string>;
  mayReadSecrets: iam.PolicyStatement;
}

/**
 * Stores a part's mmp.yaml, and the files beside it, as a secret: mmp fetches it with its other secrets to `folder` when
 * it starts, and checks for changes from then on.
 */
export function keptConfiguration(
  stack: Stack,
  part: Part,
  { config, documents }: Deployment,
  secretArn: ArnOf,
  folder: string,
): KeptConfiguration {
  const document = documents[part];
  const kept = new secretsmanager.CfnSecret(stack, "Configuration", {
    name: `${config.name}/${documentSecret(part)}`,
    description: "mmp.yaml and the files beside it; written by cdk deploy",
    secretString: JSON.stringify(document),
  });
  kept.applyRemovalPolicy(RemovalPolicy.DESTROY);
  Validations.of(kept).acknowledge({
    id: "AwsSolutions-SMG4",
    reason: "It is configuration without secrets; each deployment writes it.",
  });
  const arnOf: ArnOf = (name) => (name === documentSecret(part) ? kept.attrId : secretArn(name));
  const manifest = manifestOf(part, config, document, arnOf);
  return {
    environment: {
      AWS_REGION: Aws.REGION,
      MMP_CONFIG: `${folder}/mmp.yaml`,
      MMP_SECRETS: stack.toJsonString(manifest),
      MMP_SECRETS_SECONDS: String(config.refreshSeconds),
      MMP_METRICS_NAMESPACE: config.name,
    },
    mayReadSecrets: new iam.PolicyStatement({
      actions: ["secretsmanager:GetSecretValue"],
      resources: [...new Set(manifest.map(({ secret }) => secret))],
    }),
  };
}
