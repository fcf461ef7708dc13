import type { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type { DeploymentConfig } from "../../config/schema.ts";

const READ = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
const WRITE = ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/** What a role may do with the route table; only the sync may scan it, to compare it with the directory. */
export const tableAccess = (
  stack: Stack,
  { data }: DeploymentConfig,
  who: "routeApi" | "sync",
): iam.PolicyStatement =>
  new iam.PolicyStatement({
    actions: [...READ, ...WRITE, ...(who === "sync" ? ["dynamodb:Scan"] : [])],
    resources: [stack.formatArn({ service: "dynamodb", resource: "table", resourceName: data.table })],
  });
