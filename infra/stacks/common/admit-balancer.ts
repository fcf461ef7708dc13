import * as ec2 from "aws-cdk-lib/aws-ec2";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { DeployedStack } from "./deployed-stack.ts";
import { published } from "./references.ts";

/**
 * Admits a load balancer, and the clients whose addresses it preserves, to a security group. The rules go with the group
 * that they admit to, so that they are there before anything listens, and go after it.
 */
export function admitBalancer(
  stack: DeployedStack,
  config: DeploymentConfig,
  group: ec2.SecurityGroup,
  balancer: string,
  ports: { from: number; to: number },
): void {
  const other = published(stack, config, `balancer-${balancer}-group`);
  const range = { ipProtocol: "tcp", fromPort: ports.from, toPort: ports.to };
  const id = `${balancer}-${ports.from}`;
  new ec2.CfnSecurityGroupIngress(stack, `From-${id}`, {
    ...range,
    groupId: group.securityGroupId,
    sourceSecurityGroupId: other,
    description: `From NLB ${balancer}`,
  });
  new ec2.CfnSecurityGroupEgress(stack, `To-${id}`, {
    ...range,
    groupId: other,
    destinationSecurityGroupId: group.securityGroupId,
    description: "Sessions and health checks",
  });
}
