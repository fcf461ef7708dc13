import type { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { edgeParts } from "../../parts/edge-parts.ts";
import type { Deployment } from "../../read-config.ts";
import type { ClusterStack } from "../cluster/stack.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { logGroup } from "../common/log-group.ts";
import { partRuntime } from "../common/task.ts";
import type { LoadBalancersStack } from "../load-balancers/stack.ts";
import type { NetworkStack } from "../network/stack.ts";
import type { SecretsStack } from "../secrets/stack.ts";
import { edgeService } from "./service.ts";

/** The edge: a service for each instance, or for every five ports of one. */
export class EdgeStack extends DeployedStack {
  readonly log: LogGroup;

  constructor(
    scope: Construct,
    deployment: Deployment,
    parts: {
      network: NetworkStack;
      secrets: SecretsStack;
      cluster: ClusterStack;
      loadBalancers: LoadBalancersStack;
    },
  ) {
    const { config } = deployment;
    super(scope, "edge", config, "edge proxies");
    this.log = logGroup(this, "Edge", config.logs.days);
    const runtime = partRuntime(this, "edge", deployment, (name) => parts.secrets.arnOf(name), this.log);
    for (const part of edgeParts(config)) edgeService(this, part, { deployment, runtime, ...parts });
  }
}
