import { RemovalPolicy } from "aws-cdk-lib";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

/** A log group with its retention; it is deleted with the stack. */
export const logGroup = (scope: Construct, id: string, days: number): logs.LogGroup =>
  // The values of the enum are days.
  new logs.LogGroup(scope, `${id}Log`, {
    retention: days as logs.RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
