import * as ecs from "aws-cdk-lib/aws-ecs";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import type { NetworkStack } from "../network/stack.ts";
import { edgeHosts } from "./hosts.ts";

/** The ECS cluster and the hosts that edges share. */
export class ClusterStack extends DeployedStack {
  readonly cluster: ecs.Cluster;
  /** Undefined on Fargate. */
  readonly hosts: ecs.AsgCapacityProvider | undefined;

  constructor(scope: Construct, config: DeploymentConfig, network: NetworkStack) {
    super(scope, "cluster", config, "cluster and hosts of the edge");
    this.cluster = new ecs.Cluster(this, "Cluster", {
      vpc: network.vpc,
      clusterName: config.name,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    });
    this.hosts =
      config.sizes.edge.capacity === "ec2" ? edgeHosts(this, this.cluster, config, network) : undefined;
  }
}
