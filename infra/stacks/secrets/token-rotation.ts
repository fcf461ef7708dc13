import { readFileSync } from "node:fs";
import { Duration } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { rotationWaits } from "../../parts/rotation.ts";
import { logGroup, mayWriteLog } from "../common/log-group.ts";

const CODE = new URL("../../functions/rotate-token.cjs", import.meta.url);

/** Rotates each token every `rotationDays`. */
export function tokenRotation(
  scope: Construct,
  config: DeploymentConfig,
  tokens: readonly secretsmanager.CfnSecret[],
): void {
  const group = logGroup(scope, "Rotation", config);
  const arns = tokens.map(({ attrId }) => attrId);
  const role = new iam.Role(scope, "RotationRole", {
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: {
      Rotate: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            actions: [
              "secretsmanager:DescribeSecret",
              "secretsmanager:GetSecretValue",
              "secretsmanager:PutSecretValue",
              "secretsmanager:UpdateSecretVersionStage",
            ],
            resources: arns,
          }),
          mayWriteLog({ arn: group.logGroupArn }),
        ],
      }),
    },
  });
  const { wait, revoke } = rotationWaits(config.refreshSeconds);
  const rotate = new lambda.Function(scope, "Rotation", {
    description: "Rotates the route API's tokens",
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: "index.handler",
    code: lambda.Code.fromInline(readFileSync(CODE, "utf8")),
    timeout: Duration.minutes(15),
    role: role.withoutPolicyUpdates(),
    logGroup: group,
    environment: { WAIT_SECONDS: String(wait), REVOKE_SECONDS: String(revoke) },
  });
  for (const [index, secret] of tokens.entries()) {
    const permission = new lambda.CfnPermission(scope, `MayRotate${index}`, {
      action: "lambda:InvokeFunction",
      functionName: rotate.functionArn,
      principal: "secretsmanager.amazonaws.com",
      sourceArn: secret.attrId,
    });
    const schedule = new secretsmanager.CfnRotationSchedule(scope, `Schedule${index}`, {
      secretId: secret.attrId,
      rotationLambdaArn: rotate.functionArn,
      rotationRules: { automaticallyAfterDays: config.routeApi.rotationDays },
      rotateImmediatelyOnUpdate: false,
    });
    schedule.addResourceDependency(permission);
  }
}
