import type { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import {
  CHANGE_KEY,
  documentKey,
  entryKey,
  listKey,
  QUESTION_KEY,
  RELEASE_DOCUMENT,
} from "../../../route-api/store/keys.ts";
import type { DeploymentConfig } from "../../config/schema.ts";

const READ = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
const WRITE = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/** Partitions that the route API writes to: edges and what they answer, questions, announcements, the approval of removals. */
const API_PARTITIONS = [listKey("*"), QUESTION_KEY, CHANGE_KEY, documentKey(RELEASE_DOCUMENT)];

/** Attributes of an entry that the route API sets, to put an account on hold; the route is in another. */
const HOLD_ATTRIBUTES = ["pk", "sk", "write", "hold"];

/**
 * What a role may do with the route table. Only the sync may scan it, to compare it with the directory, and write
 * entries: a route API that was broken into can redirect nobody.
 */
export function tableAccess(
  stack: Stack,
  { data }: DeploymentConfig,
  who: "routeApi" | "sync",
): iam.PolicyStatement[] {
  const resources = [stack.formatArn({ service: "dynamodb", resource: "table", resourceName: data.table })];
  if (who === "sync")
    return [new iam.PolicyStatement({ actions: [...READ, ...WRITE, "dynamodb:Scan"], resources })];
  return [
    new iam.PolicyStatement({ actions: READ, resources }),
    new iam.PolicyStatement({
      actions: WRITE,
      resources,
      conditions: {
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": API_PARTITIONS },
        // ForAllValues holds as well if a request has no keys.
        Null: { "dynamodb:LeadingKeys": "false" },
      },
    }),
    new iam.PolicyStatement({
      actions: ["dynamodb:UpdateItem"],
      resources,
      conditions: {
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [entryKey("*")] },
        "ForAllValues:StringEquals": { "dynamodb:Attributes": HOLD_ATTRIBUTES },
        Null: { "dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false" },
        // An update could return what it has not named.
        StringEqualsIfExists: { "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"] },
      },
    }),
  ];
}
