import * as ec2 from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import type { NewNetwork } from "../../config/network.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import { SUBNET_BITS } from "../../config/subnets.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { logGroup } from "../common/log-group.ts";
import { publish } from "../common/references.ts";
import { forwardNames } from "./dns.ts";
import { edgeGroup } from "./edge-group.ts";
import { addEndpoints } from "./endpoints.ts";
import { addRoutes } from "./routes.ts";

/** The VPC with its routes and endpoints, and the security group that marks edges. */
export class NetworkStack extends DeployedStack {
  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "network", config, "network");
    const { network } = config;
    if ("vpc" in network) {
      const vpc = ec2.Vpc.fromVpcAttributes(this, "Vpc", {
        vpcId: network.vpc,
        availabilityZones: network.availabilityZones,
      });
      edgeGroup(this, vpc, config);
      return;
    }
    const vpc = newVpc(this, network);
    // With exactOptionalPropertyTypes TypeScript does not accept a Vpc as an IVpc.
    edgeGroup(this, vpc as ec2.IVpc, config);
    addEndpoints(this, vpc, config);
    addRoutes(this, vpc, network.routes);
    forwardNames(this, vpc, config.name, network.dns);
    recordRefusals(this, vpc, config);
    publish(this, config, "vpc", vpc.vpcId);
    for (const [index, { subnetId }] of vpc.publicSubnets.entries())
      publish(this, config, `public-subnet-${index + 1}`, subnetId);
    for (const [index, { subnetId }] of [...vpc.privateSubnets, ...vpc.isolatedSubnets].entries())
      publish(this, config, `private-subnet-${index + 1}`, subnetId);
  }
}

const PRIVATE = (natGateways: number) =>
  natGateways === 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;

const newVpc = (scope: Construct, { cidr, zones, natGateways, dualStack }: NewNetwork): ec2.Vpc =>
  new ec2.Vpc(scope, "Vpc", {
    ipAddresses: ec2.IpAddresses.cidr(cidr),
    maxAzs: zones,
    natGateways,
    ...(dualStack ? { ipProtocol: ec2.IpProtocol.DUAL_STACK } : {}),
    subnetConfiguration: [
      // For load balancers only: nothing else has a public address.
      {
        name: "public",
        subnetType: ec2.SubnetType.PUBLIC,
        cidrMask: SUBNET_BITS.public,
        mapPublicIpOnLaunch: false,
      },
      { name: "private", subnetType: PRIVATE(natGateways), cidrMask: SUBNET_BITS.private },
    ],
  });

/** Logs refused connections only: logging all would cost more than the mail itself. */
function recordRefusals(scope: Construct, vpc: ec2.Vpc, config: DeploymentConfig): void {
  const group = logGroup(scope, "FlowLog", config);
  vpc.addFlowLog("Refused", {
    destination: ec2.FlowLogDestination.toCloudWatchLogs(group),
    trafficType: ec2.FlowLogTrafficType.REJECT,
  });
}
