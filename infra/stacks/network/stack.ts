import * as ec2 from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import type { NewNetwork } from "../../config/network.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { logGroup } from "../common/log-group.ts";
import { addEndpoints } from "./endpoints.ts";
import { addRoutes } from "./routes.ts";
import { type SecurityGroups, securityGroups } from "./security-groups.ts";

/** VPC, routes and security groups. All groups are here, so that no stack depends on a later one. */
export class NetworkStack extends DeployedStack {
  readonly vpc: ec2.IVpc;
  readonly groups: SecurityGroups;

  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "network", config, "network");
    const { network } = config;
    if ("vpc" in network) {
      this.vpc = ec2.Vpc.fromVpcAttributes(this, "Vpc", {
        vpcId: network.vpc,
        vpcCidrBlock: network.cidr,
        availabilityZones: network.availabilityZones,
        publicSubnetIds: network.publicSubnets,
        privateSubnetIds: network.privateSubnets,
      });
      this.groups = securityGroups(this, this.vpc, config);
    } else {
      const vpc = newVpc(this, network);
      // With exactOptionalPropertyTypes TypeScript does not accept a Vpc as an IVpc.
      this.vpc = vpc as ec2.IVpc;
      this.groups = securityGroups(this, this.vpc, config);
      addEndpoints(this, vpc, this.groups.endpoints, config);
      addRoutes(this, vpc, network.routes);
      recordRefusals(this, vpc, config.logs.days);
    }
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
      { name: "public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
      { name: "private", subnetType: PRIVATE(natGateways), cidrMask: 20 },
    ],
  });

/** Logs refused connections only: logging all would cost more than the mail itself. */
function recordRefusals(scope: Construct, vpc: ec2.Vpc, days: number): void {
  const group = logGroup(scope, "FlowLog", days);
  vpc.addFlowLog("Refused", {
    destination: ec2.FlowLogDestination.toCloudWatchLogs(group),
    trafficType: ec2.FlowLogTrafficType.REJECT,
  });
}
