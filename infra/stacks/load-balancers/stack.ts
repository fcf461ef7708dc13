import { CfnOutput, RemovalPolicy, Validations } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { Construct } from "constructs";
import { isIpv6 } from "../../config/ip-networks.ts";
import { clientsOf, type LoadBalancerConfig } from "../../config/load-balancers.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import { deployedVpc } from "../common/deployed-network.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { publish } from "../common/references.ts";
import { newGroup, ownGroups } from "../common/security-groups.ts";

/**
 * The NLBs that clients connect to, with their addresses. What listens is made with the edges; who may connect is decided
 * here.
 */
export class LoadBalancersStack extends DeployedStack {
  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "load-balancers", config, "addresses for clients");
    const schemes = Object.values(config.loadBalancers).map(({ scheme }) => scheme);
    const vpc = deployedVpc(
      this,
      config,
      ...(schemes.includes("internet-facing") ? (["public"] as const) : []),
      ...(schemes.includes("internal") ? (["private"] as const) : []),
    );
    const more = ownGroups(this, config, "loadBalancers");
    for (const [name, settings] of Object.entries(config.loadBalancers)) {
      // An NLB can get a security group only when it is created.
      const group = newGroup(this, `Balancer-${name}`, vpc, `NLB ${name}`);
      openToClients(group, settings);
      const balancer = newBalancer(this, name, settings, vpc, [group, ...more]);
      publish(this, config, `balancer-${name}`, balancer.loadBalancerArn);
      publish(this, config, `balancer-${name}-group`, group.securityGroupId);
      publish(this, config, `balancer-${name}-name`, balancer.loadBalancerDnsName);
      publish(this, config, `balancer-${name}-zone`, balancer.loadBalancerCanonicalHostedZoneId);
      new CfnOutput(this, `HostName-${name}`, {
        value: balancer.loadBalancerDnsName,
        description: `DNS name of load balancer ${name}`,
      });
    }
  }
}

function newBalancer(
  scope: Construct,
  name: string,
  settings: LoadBalancerConfig,
  vpc: ec2.IVpc,
  securityGroups: ec2.ISecurityGroup[],
): elb.NetworkLoadBalancer {
  const { scheme, dualStack, crossZone, listeners } = settings;
  const balancer = new elb.NetworkLoadBalancer(scope, `Balancer-${name}`, {
    vpc,
    internetFacing: scheme === "internet-facing",
    securityGroups,
    crossZoneEnabled: crossZone,
    deletionProtection: listeners.length > 0,
    ...(dualStack ? { ipAddressType: elb.IpAddressType.DUAL_STACK } : {}),
    ...placesOf(scope, name, settings, vpc),
  });
  Validations.of(balancer).acknowledge({
    id: "AwsSolutions-ELB2",
    reason:
      "An NLB writes access logs for TLS listeners only; the edge logs every session with the client's address, which is the NLB's for IPv6 clients.",
  });
  return balancer;
}

/** The subnets of a load balancer, with its address in each if it has fixed ones. */
function placesOf(
  scope: Construct,
  name: string,
  { scheme, addresses, privateAddresses }: LoadBalancerConfig,
  { publicSubnets, privateSubnets }: ec2.IVpc,
): Pick<elb.NetworkLoadBalancerProps, "subnetMappings" | "vpcSubnets"> {
  if (scheme === "internet-facing") {
    const subnetMappings = publicSubnets.map((subnet, index) => ({
      subnet,
      allocationId: addresses?.[index] ?? newAddress(scope, `Address-${name}-${index + 1}`),
    }));
    return { subnetMappings };
  }
  if (privateAddresses === undefined) return { vpcSubnets: { subnets: privateSubnets } };
  const subnetMappings = privateSubnets.map((subnet, index) => ({
    subnet,
    privateIpv4Address: privateAddresses[index] ?? "",
  }));
  return { subnetMappings };
}

/** A static address. It outlives its load balancer, because clients' firewalls may list it. */
function newAddress(scope: Construct, id: string): string {
  const address = new ec2.CfnEIP(scope, id, { domain: "vpc" });
  address.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  return address.attrAllocationId;
}

function openToClients(group: ec2.SecurityGroup, settings: LoadBalancerConfig): void {
  for (const port of new Set(settings.listeners.map((listener) => listener.port)))
    for (const from of clientsOf(settings)) {
      const clients = isIpv6(from) ? ec2.Peer.ipv6(from) : ec2.Peer.ipv4(from);
      group.addIngressRule(clients, ec2.Port.tcp(port), "Mail clients");
    }
  Validations.of(group).acknowledge({
    id: "AwsSolutions-EC23",
    reason:
      "Mail clients connect from anywhere unless loadBalancers.*.clients says from where, and only to the listeners' ports.",
  });
}
