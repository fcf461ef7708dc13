import { RemovalPolicy, Validations } from "aws-cdk-lib";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { operatorSecret, tokenNames, tokenSecret } from "../../parts/secret-names.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { issuedCertificates } from "./issued-certificates.ts";
import { tokenRotation } from "./token-rotation.ts";

/** Secrets by name. The operator's are created empty; their values are put in before the rest is deployed. */
export class SecretsStack extends DeployedStack {
  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "secrets", config, "secrets");
    for (const [name, { arn, existing, kmsKey }] of Object.entries(config.secrets))
      if (arn === undefined && !existing) emptySecret(this, config, name, kmsKey);
    issuedCertificates(this, config);
    tokenRotation(
      this,
      config,
      tokenNames(config).map((name) => tokenOf(this, config, name)),
    );
  }
}

function emptySecret(scope: Construct, config: DeploymentConfig, secret: string, kmsKey?: string): void {
  const made = new secretsmanager.CfnSecret(scope, `Secret-${secret}`, {
    name: operatorSecret(config, secret),
    description: "Value put in by the operator",
    ...(kmsKey === undefined ? {} : { kmsKeyId: kmsKey }),
  });
  // It stays when its stack goes, but not where its stack never came to be: a second try would meet it.
  made.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  Validations.of(made).acknowledge({
    id: "AwsSolutions-SMG4",
    reason:
      "Its issuer replaces it: a certificate authority, or the administrator of the directory or a store. Edges follow within minutes.",
  });
}

const tokenOf = (scope: Construct, config: DeploymentConfig, token: string): secretsmanager.CfnSecret =>
  new secretsmanager.CfnSecret(scope, `Token-${token}`, {
    name: tokenSecret(config, token),
    description: `Token of the route API: ${token}`,
    generateSecretString: { passwordLength: 48, excludePunctuation: true },
  });
