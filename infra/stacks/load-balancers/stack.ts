import { CfnOutput, Duration, Validations } from "aws-cdk-lib";
import { CfnEIP, type IVpc, type SecurityGroup, SubnetType } from "aws-cdk-lib/aws-ec2";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import * as route53 from "aws-cdk-lib/aws-route53";
import { LoadBalancerTarget } from "aws-cdk-lib/aws-route53-targets";
import type { Construct } from "constructs";
import type { LoadBalancerConfig } from "../../config/load-balancers.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import { edgeParts, type Target } from "../../parts/edge-parts.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import type { NetworkStack } from "../network/stack.ts";
import { targetGroup } from "./target-group.ts";

/** The longest idle time-out of an NLB; IDLE is silent for half an hour. */
const IDLE = Duration.seconds(6000);

/** Target groups by balancer and port: `main:143`. */
export type TargetGroups = ReadonlyMap<string, elb.NetworkTargetGroup>;
export const targetKey = ({ balancer, port }: Pick<Target, "balancer" | "port">): string =>
  `${balancer}:${port}`;

/** The NLBs that clients connect to, and the target groups that edge services register with. */
export class LoadBalancersStack extends DeployedStack {
  readonly balancers: Record<string, elb.NetworkLoadBalancer> = {};
  readonly targetGroups: TargetGroups;

  constructor(scope: Construct, config: DeploymentConfig, { vpc, groups }: NetworkStack) {
    super(scope, "load-balancers", config, "addresses for clients");
    for (const [name, settings] of Object.entries(config.loadBalancers)) {
      const group = groups.balancers[name];
      if (group === undefined) continue;
      this.balancers[name] = newBalancer(this, name, settings, vpc, group);
    }
    const targetGroups = new Map<string, elb.NetworkTargetGroup>();
    for (const target of edgeParts(config).flatMap(({ targets }) => targets)) {
      const made = targetGroup(this, target, vpc, config.sizes.edge);
      this.balancers[target.balancer]?.addListener(`Port${target.port}`, {
        port: target.port,
        protocol: elb.Protocol.TCP,
        tcpIdleTimeout: IDLE,
        defaultTargetGroups: [made],
      });
      targetGroups.set(targetKey(target), made);
    }
    this.targetGroups = targetGroups;
    addNames(this, config, this.balancers);
  }
}

function newBalancer(
  scope: Construct,
  name: string,
  { scheme, dualStack, crossZone }: LoadBalancerConfig,
  vpc: IVpc,
  securityGroup: SecurityGroup,
): elb.NetworkLoadBalancer {
  const isPublic = scheme === "internet-facing";
  const { subnets } = vpc.selectSubnets(isPublic ? { subnetType: SubnetType.PUBLIC } : {});
  const balancer = new elb.NetworkLoadBalancer(scope, `Balancer-${name}`, {
    vpc,
    internetFacing: isPublic,
    securityGroups: [securityGroup],
    crossZoneEnabled: crossZone,
    deletionProtection: true,
    ...(dualStack ? { ipAddressType: elb.IpAddressType.DUAL_STACK } : {}),
    ...(isPublic
      ? {
          subnetMappings: subnets.map((subnet, index) => ({
            subnet,
            allocationId: new CfnEIP(scope, `Address-${name}-${index + 1}`, { domain: "vpc" })
              .attrAllocationId,
          })),
        }
      : { vpcSubnets: { subnets } }),
  });
  Validations.of(balancer).acknowledge({
    id: "AwsSolutions-ELB2",
    reason:
      "An NLB writes access logs for TLS listeners only; the edge logs every session with the client's address.",
  });
  new CfnOutput(scope, `HostName-${name}`, {
    value: balancer.loadBalancerDnsName,
    description: `DNS name of load balancer ${name}`,
  });
  return balancer;
}

function addNames(
  scope: Construct,
  { domain: { hostedZone }, loadBalancers }: DeploymentConfig,
  balancers: LoadBalancersStack["balancers"],
): void {
  if (hostedZone === undefined) return;
  const zone = route53.HostedZone.fromHostedZoneAttributes(scope, "Zone", {
    hostedZoneId: hostedZone.id,
    zoneName: hostedZone.name,
  });
  for (const [name, { hostName, dualStack }] of Object.entries(loadBalancers)) {
    const balancer = balancers[name];
    if (hostName === undefined || balancer === undefined) continue;
    const record = {
      zone,
      recordName: `${hostName}.`,
      target: route53.RecordTarget.fromAlias(new LoadBalancerTarget(balancer)),
    };
    new route53.ARecord(scope, `Name-${name}`, record);
    if (dualStack) new route53.AaaaRecord(scope, `Name6-${name}`, record);
  }
}
