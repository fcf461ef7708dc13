import { Annotations, Validations } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import { type NewNetwork, rangesOf } from "../../config/network.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import { SUBNET_BITS, subnetNetworks } from "../../config/subnets.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { logGroup } from "../common/log-group.ts";
import { publish } from "../common/references.ts";
import { forwardNames } from "./dns.ts";
import { edgeGroup } from "./edge-group.ts";
import { addEndpoints, addGatewayEndpoints } from "./endpoints.ts";
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
        privateSubnetIds: network.privateSubnets,
      });
      Annotations.of(vpc).acknowledgeWarning(
        "@aws-cdk/aws-ec2:noSubnetRouteTableId",
        "Endpoints name route tables.",
      );
      edgeGroup(this, vpc, config);
      if (network.endpoints === undefined) return;
      addEndpoints(this, vpc, config);
      addGatewayEndpoints(this, network.vpc, network.endpoints.routeTables);
      return;
    }
    const vpc = newVpc(this, network);
    // With exactOptionalPropertyTypes TypeScript does not accept a Vpc as an IVpc.
    edgeGroup(this, vpc as ec2.IVpc, config);
    addEndpoints(this, vpc as ec2.IVpc, config);
    vpc.addGatewayEndpoint("DynamoDb", { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
    vpc.addGatewayEndpoint("S3", { service: ec2.GatewayVpcEndpointAwsService.S3 });
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

/** For load balancers only: nothing else has a public address. */
const PUBLIC: ec2.SubnetConfiguration = {
  name: "public",
  subnetType: ec2.SubnetType.PUBLIC,
  cidrMask: SUBNET_BITS.public,
  mapPublicIpOnLaunch: false,
};

function newVpc(scope: Construct, network: NewNetwork): ec2.Vpc {
  const { zones, natGateways, dualStack, privateOnly } = network;
  const vpc = new ec2.Vpc(scope, "Vpc", {
    ipAddresses: allotment(network),
    maxAzs: zones,
    natGateways,
    ...(dualStack ? { ipProtocol: ec2.IpProtocol.DUAL_STACK } : {}),
    subnetConfiguration: [
      ...(privateOnly ? [] : [PUBLIC]),
      { name: "private", subnetType: PRIVATE(natGateways), cidrMask: SUBNET_BITS.private },
    ],
  });
  Validations.of(vpc).acknowledge({
    id: "CloudFormation-Validate::W3010",
    reason: "The operator chooses zones by name in network.availabilityZones.",
  });
  for (const cidrBlock of rangesOf(network).slice(1)) {
    const range = new ec2.CfnVPCCidrBlock(scope, "SecondRange", { vpcId: vpc.vpcId, cidrBlock });
    for (const subnet of [...vpc.privateSubnets, ...vpc.isolatedSubnets]) subnet.node.addDependency(range);
  }
  return vpc;
}

/** Gives each subnet the network that the rest of the deployment expects it to have. */
function allotment(network: NewNetwork): ec2.IIpAddresses {
  const { public: open, private: inner } = subnetNetworks(network);
  return {
    allocateVpcCidr: () => ({ cidrBlock: network.cidr }),
    allocateSubnetsCidr: ({ requestedSubnets }) => ({
      allocatedSubnets: requestedSubnets.map((_, index) => ({ cidr: [...open, ...inner][index] ?? "" })),
    }),
  };
}

/** Logs refused connections only: logging all would cost more than the mail itself. */
function recordRefusals(scope: Construct, vpc: ec2.Vpc, config: DeploymentConfig): void {
  const group = logGroup(scope, "FlowLog", config);
  vpc.addFlowLog("Refused", {
    destination: ec2.FlowLogDestination.toCloudWatchLogs(group),
    trafficType: ec2.FlowLogTrafficType.REJECT,
  });
}
