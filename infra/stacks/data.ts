import { RemovalPolicy } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import { TTL_ATTRIBUTE } from "../../route-api/store/dynamodb/schema.ts";
import type { DeploymentConfig } from "../config.ts";
import { DeployedStack } from "./deployed-stack.ts";

/** Read units and write units come together; a new table takes 12,000 and 4,000 a second. */
const WARM_READS_PER_SECOND = 12_000;

/** The table of routes. It outlives its stack, and it cannot be deleted by mistake. */
export class DataStack extends DeployedStack {
  readonly table: dynamodb.ITableV2;

  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "data", config, "table of routes");
    const { table: tableName, existing, replicas, warmWritesPerSecond } = config.data;
    this.table = existing
      ? dynamodb.TableV2.fromTableName(this, "Routes", tableName)
      : (new dynamodb.TableV2(this, "Routes", {
          tableName,
          partitionKey: { name: "pk", type: dynamodb.AttributeType.STRING },
          sortKey: { name: "sk", type: dynamodb.AttributeType.STRING },
          timeToLiveAttribute: TTL_ATTRIBUTE,
          billing: dynamodb.Billing.onDemand(),
          pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
          deletionProtection: true,
          removalPolicy: RemovalPolicy.RETAIN,
          replicas: replicas.map((region) => ({
            region,
            deletionProtection: true,
            pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
          })),
          ...(warmWritesPerSecond === undefined
            ? {}
            : {
                warmThroughput: {
                  readUnitsPerSecond: WARM_READS_PER_SECOND,
                  writeUnitsPerSecond: warmWritesPerSecond,
                },
              }),
        }) as dynamodb.ITableV2);
  }
}
