import type * as ecs from "aws-cdk-lib/aws-ecs";
import type { Construct } from "constructs";
import type { Deployment } from "../../read-config.ts";
import type { ClusterStack } from "../cluster/stack.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { configurationHash, fargateService } from "../common/fargate-service.ts";
import { logGroup } from "../common/log-group.ts";
import { tableAccess } from "../common/table-access.ts";
import { partRuntime } from "../common/task.ts";
import type { NetworkStack } from "../network/stack.ts";
import type { SecretsStack } from "../secrets/stack.ts";

/** Time for the sync to finish its writes and release its lease, in seconds. */
const STOP_SECONDS = 60;

/** The directory sync: one task leads, another stands by for its lease. */
export class SyncStack extends DeployedStack {
  constructor(
    scope: Construct,
    deployment: Deployment,
    { network, secrets, cluster }: { network: NetworkStack; secrets: SecretsStack; cluster: ClusterStack },
  ) {
    const { config } = deployment;
    super(scope, "sync", config, "directory sync");
    const log = logGroup(this, "Sync", config.logs.days);
    const runtime = partRuntime(this, "sync", deployment, (name) => secrets.arnOf(name), log);
    runtime.taskRole.addToPolicy(tableAccess(this, config, "sync"));
    const service = fargateService(this, deployment, runtime, {
      part: "sync",
      size: config.sizes.sync,
      cluster: cluster.cluster,
      group: network.groups.sync,
      container: {
        command: ["sync"],
        stopSeconds: STOP_SECONDS,
        environment: configurationHash(deployment.documents.sync),
      },
    });
    (service.node.defaultChild as ecs.CfnService).desiredCount = config.sizes.sync.tasks;
  }
}
