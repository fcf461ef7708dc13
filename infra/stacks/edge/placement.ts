import type { ISecurityGroup, IVpc } from "aws-cdk-lib/aws-ec2";
import type * as ecs from "aws-cdk-lib/aws-ecs";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { EdgeSize } from "../../config/sizes.ts";
import type { EdgeService } from "../../parts/edge-services.ts";
import { admitBalancer } from "../common/admit-balancer.ts";
import { deployedCluster } from "../common/deployed-cluster.ts";
import { publishedGroup } from "../common/deployed-network.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import { published } from "../common/references.ts";
import { newGroup, ownGroups } from "../common/security-groups.ts";

/** Where an instance's tasks run. */
export type Placement =
  | { on: "hosts"; cluster: ecs.ICluster; provider: string }
  | { on: "fargate"; cluster: ecs.ICluster; groups: ISecurityGroup[] };

/** On the hosts that instances share, or on Fargate with a security group that admits load balancers to the listeners. */
export function edgePlacement(
  stack: DeployedStack,
  config: DeploymentConfig,
  vpc: IVpc,
  { capacity }: EdgeSize,
  services: readonly EdgeService[],
): Placement {
  const cluster = deployedCluster(stack, config, vpc);
  if (capacity === "ec2") return { on: "hosts", cluster, provider: published(stack, config, "hosts") };
  const group = newGroup(stack, "Tasks", vpc, "Tasks of the edge");
  const targets = services.flatMap(({ targets: all }) => all);
  for (const { balancer, listener } of targets)
    admitBalancer(stack, config, group, balancer, { from: listener.port, to: listener.port });
  const groups = [publishedGroup(stack, config, "edge-group"), group, ...ownGroups(stack, config, "edges")];
  return { on: "fargate", cluster, groups };
}
