import { RemovalPolicy } from "aws-cdk-lib";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

/** Log lines for so many days; they go with the stack. */
export const logGroup = (scope: Construct, id: string, days: number): logs.LogGroup =>
  // The enum's numbers are days.
  new logs.LogGroup(scope, `${id}Log`, {
    retention: days as logs.RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
