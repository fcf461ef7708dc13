import type * as ecs from "aws-cdk-lib/aws-ecs";
import type { Construct } from "constructs";
import type { Deployment } from "../../read-config.ts";
import { deployedCluster } from "../common/deployed-cluster.ts";
import { deployedVpc } from "../common/deployed-network.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { configurationHash, fargateService } from "../common/fargate-service.ts";
import { tableKeyAccess } from "../common/key-access.ts";
import { publishedLog } from "../common/log-group.ts";
import { publish } from "../common/references.ts";
import { allowDirectory, allowDns, allowHttps, newGroup, ownGroups } from "../common/security-groups.ts";
import { tableAccess } from "../common/table-access.ts";
import { partRuntime } from "../common/task.ts";

/** Time for the sync to finish its writes and release its lease, in seconds. */
const STOP_SECONDS = 60;

/** The directory sync: one task leads, another stands by for its lease. */
export class SyncStack extends DeployedStack {
  constructor(scope: Construct, deployment: Deployment) {
    const { config, parts } = deployment;
    super(scope, "sync", config, "directory sync");
    const vpc = deployedVpc(this, config, "private");
    const group = newGroup(this, "Sync", vpc, "Directory sync");
    allowDirectory(group, config);
    allowHttps(group);
    allowDns(group, config);
    const runtime = partRuntime(this, "sync", deployment, publishedLog(this, config, "sync"));
    for (const statement of tableAccess(this, config, "sync")) runtime.taskRole.addToPolicy(statement);
    for (const statement of tableKeyAccess(config.data.kmsKey)) runtime.taskRole.addToPolicy(statement);
    const service = fargateService(this, deployment, runtime, {
      part: "sync",
      size: config.sizes.sync,
      cluster: deployedCluster(this, config, vpc),
      groups: [group, ...ownGroups(this, config, "sync")],
      container: {
        command: ["sync"],
        stopSeconds: STOP_SECONDS,
        environment: configurationHash(parts.sync),
      },
    });
    (service.node.defaultChild as ecs.CfnService).desiredCount = config.sizes.sync.tasks;
    publish(this, config, "service-sync", service.serviceName);
  }
}
