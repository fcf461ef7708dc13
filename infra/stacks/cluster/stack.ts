import * as ecs from "aws-cdk-lib/aws-ecs";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { publishLog } from "../common/log-group.ts";
import { exportLogs } from "./export-logs.ts";

/** The ECS cluster, and the logs of what runs in it. */
export class ClusterStack extends DeployedStack {
  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "cluster", config, "cluster and logs");
    new ecs.CfnCluster(this, "Cluster", {
      clusterName: config.name,
      clusterSettings: [{ name: "containerInsights", value: ecs.ContainerInsights.ENABLED }],
    });
    const groups = (["edge", "route-api", "sync"] as const).map((part) => publishLog(this, config, part));
    if (config.logs.exportTo !== undefined) exportLogs(this, groups, config.logs.exportTo);
  }
}
