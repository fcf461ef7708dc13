import { readFileSync } from "node:fs";
import { CustomResource, Duration, Validations } from "aws-cdk-lib";
import type { AutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import { logGroup, mayWriteLog } from "../common/log-group.ts";

const CODE = new URL("../../functions/suspend-rebalancing.cjs", import.meta.url);

/** Keeps Auto Scaling from ending hosts, and their sessions, only to even out the zones. */
export function suspendRebalancing(
  stack: DeployedStack,
  config: DeploymentConfig,
  hosts: AutoScalingGroup,
): void {
  const log = logGroup(stack, "Rebalancing", config);
  const role = new iam.Role(stack, "RebalancingRole", {
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: {
      Suspend: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            actions: ["autoscaling:SuspendProcesses"],
            resources: ["*"],
            conditions: { StringEquals: { "autoscaling:ResourceTag/application": config.name } },
          }),
          mayWriteLog({ arn: log.logGroupArn }),
        ],
      }),
    },
  });
  Validations.of(role).acknowledge({
    id: "AwsSolutions-IAM5[Resource::*]",
    reason: "A group's ARN contains an id that is not known in advance; a condition restricts it by its tag.",
  });
  const suspend = new lambda.Function(stack, "RebalancingFunction", {
    description: "Suspends the rebalancing of zones",
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: "index.handler",
    code: lambda.Code.fromInline(readFileSync(CODE, "utf8")),
    timeout: Duration.minutes(1),
    role: role.withoutPolicyUpdates(),
    logGroup: log,
  });
  new CustomResource(stack, "Rebalancing", {
    serviceToken: suspend.functionArn,
    resourceType: "Custom::SuspendedRebalancing",
    properties: { AutoScalingGroupName: hosts.autoScalingGroupName },
  });
}
