import { RemovalPolicy, type Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { publish, published } from "./references.ts";

/** A log group with its retention. It outlives its stack: the log says why a deployment failed. */
export const logGroup = (
  scope: Construct,
  id: string,
  { logs: { days, kmsKey } }: DeploymentConfig,
): logs.LogGroup =>
  new logs.LogGroup(scope, `${id}Log`, {
    // The values of the enum are days.
    retention: days as logs.RetentionDays,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(kmsKey === undefined ? {} : { encryptionKey: kms.Key.fromKeyArn(scope, `${id}LogKey`, kmsKey) }),
  });

/** The log of a part, in a stack of its own so that it is there whatever becomes of the part's. */
export interface PartLog {
  group: logs.ILogGroup;
  /** With its streams: what a role may write to. */
  arn: string;
}

export type LoggedPart = "edge" | "route-api" | "sync";

/** Makes the log of a part for other stacks. */
export function publishLog(stack: Stack, config: DeploymentConfig, part: LoggedPart): logs.LogGroup {
  const group = logGroup(stack, part, config);
  publish(stack, config, `log-${part}`, group.logGroupName);
  publish(stack, config, `log-${part}-arn`, group.logGroupArn);
  return group;
}

export const publishedLog = (stack: Stack, config: DeploymentConfig, part: LoggedPart): PartLog => ({
  group: logs.LogGroup.fromLogGroupName(stack, "Log", published(stack, config, `log-${part}`)),
  arn: published(stack, config, `log-${part}-arn`),
});

export const mayWriteLog = ({ arn }: Pick<PartLog, "arn">): iam.PolicyStatement =>
  new iam.PolicyStatement({ actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [arn] });
