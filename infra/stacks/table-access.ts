import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import * as iam from "aws-cdk-lib/aws-iam";

const READ = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
const WRITE = ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/** What a role may do with the table of routes; the sync, which compares it whole with the directory, reads it all. */
export const tableAccess = (table: ITableV2, who: "routeApi" | "sync"): iam.PolicyStatement =>
  new iam.PolicyStatement({
    actions: [...READ, ...WRITE, ...(who === "sync" ? ["dynamodb:Scan"] : [])],
    resources: [table.tableArn],
  });
