import type { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as logs from "aws-cdk-lib/aws-logs";

/** What CloudWatch Logs needs at each kind of stream; another account's destination has a policy of its own. */
const WRITES: Record<string, string[]> = {
  firehose: ["firehose:PutRecord", "firehose:PutRecordBatch"],
  kinesis: ["kinesis:PutRecord", "kinesis:PutRecords"],
};

/** Sends each line of the logs to a stream as well, as it is written. */
export function exportLogs(stack: Stack, groups: readonly logs.LogGroup[], destinationArn: string): void {
  const actions = WRITES[destinationArn.split(":")[2] ?? ""];
  const role = actions === undefined ? undefined : exportRole(stack, actions, destinationArn);
  for (const group of groups) {
    const filter = new logs.CfnSubscriptionFilter(stack, `Export-${group.node.id}`, {
      logGroupName: group.logGroupName,
      filterPattern: "",
      destinationArn,
      ...(role === undefined ? {} : { roleArn: role.roleArn }),
    });
    // CloudWatch Logs tries whether it may write when the filter is made.
    if (role !== undefined) filter.node.addDependency(role);
  }
}

const exportRole = (stack: Stack, actions: string[], destinationArn: string): iam.Role =>
  new iam.Role(stack, "ExportRole", {
    assumedBy: new iam.ServicePrincipal("logs.amazonaws.com", {
      conditions: { StringEquals: { "aws:SourceAccount": stack.account } },
    }),
    inlinePolicies: {
      Export: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions, resources: [destinationArn] })],
      }),
    },
  });
