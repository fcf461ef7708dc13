import { RemovalPolicy, Validations } from "aws-cdk-lib";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { tokenNames, tokenSecret } from "../../parts/manifest.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { tokenRotation } from "./token-rotation.ts";

/** Secrets by name. The operator's are created empty; their values are put in before the rest is deployed. */
export class SecretsStack extends DeployedStack {
  readonly #arns = new Map<string, string>();

  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "secrets", config, "secrets");
    for (const [name, { arn }] of Object.entries(config.secrets)) {
      this.#arns.set(name, arn ?? emptySecret(this, config, name).attrId);
    }
    const tokens = tokenNames(config).map((name) => {
      const secret = tokenOf(this, config, name);
      this.#arns.set(tokenSecret(name), secret.attrId);
      return secret;
    });
    tokenRotation(this, config, tokens);
  }

  /** The ARN of a secret, by its name in the configuration, or `token-<name>`. */
  arnOf(name: string): string {
    const arn = this.#arns.get(name);
    if (arn === undefined) throw new Error(`there is no secret ${name}`);
    return arn;
  }
}

function emptySecret(scope: Construct, { name }: DeploymentConfig, secret: string): secretsmanager.CfnSecret {
  const made = new secretsmanager.CfnSecret(scope, `Secret-${secret}`, {
    name: `${name}/${secret}`,
    description: "Value put in by the operator",
  });
  made.applyRemovalPolicy(RemovalPolicy.RETAIN);
  Validations.of(made).acknowledge({
    id: "AwsSolutions-SMG4",
    reason:
      "Its issuer replaces it: a certificate authority, or the administrator of the directory or a store. Edges follow within minutes.",
  });
  return made;
}

const tokenOf = (scope: Construct, { name }: DeploymentConfig, token: string): secretsmanager.CfnSecret =>
  new secretsmanager.CfnSecret(scope, `Token-${token}`, {
    name: `${name}/${tokenSecret(token)}`,
    description: `Token of the route API: ${token}`,
    generateSecretString: { passwordLength: 48, excludePunctuation: true },
  });
