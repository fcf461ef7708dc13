import { RemovalPolicy } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { TTL_ATTRIBUTE } from "../../../route-api/store/dynamodb/schema.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import { DeployedStack } from "../common/deployed-stack.ts";

/** Read throughput of any new table: warm throughput cannot be less. */
const WARM_READS_PER_SECOND = 12_000;

/** Protected against deletion, and restorable to any second of the last 35 days. */
const SAFE = {
  deletionProtection: true,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
} as const;

/** The route table and its replicas in other regions. It outlives its stack. */
export class DataStack extends DeployedStack {
  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "data", config, "route table");
    const { table: tableName, replicas, warmWritesPerSecond, kmsKey } = config.data;
    new dynamodb.TableV2(this, "Routes", {
      ...SAFE,
      tableName,
      partitionKey: { name: "pk", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "sk", type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: TTL_ATTRIBUTE,
      billing: dynamodb.Billing.onDemand(),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      replicas: replicas.map((region) => ({ region, ...SAFE })),
      ...(kmsKey === undefined
        ? {}
        : {
            encryption: dynamodb.TableEncryptionV2.customerManagedKey(
              kms.Key.fromKeyArn(this, "Key", kmsKey),
            ),
          }),
      ...(warmWritesPerSecond === undefined ? {} : { warmThroughput: warm(warmWritesPerSecond) }),
    });
  }
}

const warm = (writeUnitsPerSecond: number): dynamodb.WarmThroughput => ({
  readUnitsPerSecond: WARM_READS_PER_SECOND,
  writeUnitsPerSecond,
});
