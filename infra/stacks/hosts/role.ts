import { type Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type { DeploymentConfig } from "../../config/schema.ts";

/** What the agent of Systems Manager needs for an operator's session; AWS gives it on everything or not at all. */
const mayOpenSession = (): iam.PolicyStatement =>
  new iam.PolicyStatement({
    actions: [
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ],
    resources: ["*"],
  });

/** The role of the ECS agent and the CloudWatch agent on a host. AWS's managed policy grants more, and on all resources. */
export function hostRole(stack: Stack, { name, access }: DeploymentConfig): iam.Role {
  const cluster = stack.formatArn({ service: "ecs", resource: "cluster", resourceName: name });
  const role = new iam.Role(stack, "HostRole", {
    assumedBy: new iam.ServicePrincipal("ec2.amazonaws.com"),
    inlinePolicies: {
      Agent: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            actions: [
              "ecs:RegisterContainerInstance",
              "ecs:DeregisterContainerInstance",
              "ecs:SubmitAttachmentStateChanges",
              "ecs:SubmitContainerStateChange",
              "ecs:SubmitTaskStateChange",
            ],
            resources: [cluster],
          }),
          new iam.PolicyStatement({
            actions: ["ecs:Poll", "ecs:StartTelemetrySession"],
            resources: ["*"],
            conditions: { ArnEquals: { "ecs:cluster": cluster } },
          }),
          new iam.PolicyStatement({ actions: ["ecs:DiscoverPollEndpoint"], resources: ["*"] }),
          new iam.PolicyStatement({
            actions: ["cloudwatch:PutMetricData"],
            resources: ["*"],
            conditions: { StringEquals: { "cloudwatch:namespace": name } },
          }),
          ...(access.hosts ? [mayOpenSession()] : []),
        ],
      }),
    },
  });
  Validations.of(role).acknowledge({
    id: "AwsSolutions-IAM5[Resource::*]",
    reason:
      "Ids of container instances are not known in advance: a condition restricts them to the cluster; the others do not support resources.",
  });
  return role;
}
