import { Validations } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecs from "aws-cdk-lib/aws-ecs";
import type { Construct } from "constructs";
import { makesEndpoints } from "../../config/network.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import { HOST_TARGET_PERCENT, sizeOf } from "../../config/sizes.ts";
import { admitBalancer } from "../common/admit-balancer.ts";
import { deployedVpc, publishedGroup } from "../common/deployed-network.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { publish } from "../common/references.ts";
import { newGroup, ownGroups } from "../common/security-groups.ts";
import { edgeHosts } from "./hosts.ts";
import { suspendRebalancing } from "./suspend-rebalancing.ts";

/** Docker's dynamic ports. */
const DYNAMIC_PORTS = { from: 32_768, to: 65_535 };

const SERVICES = ec2.InterfaceVpcEndpointAwsService;
/** What the ECS agent and the CloudWatch agent on a host connect to. */
const ENDPOINTS = {
  Ecs: SERVICES.ECS,
  EcsAgent: SERVICES.ECS_AGENT,
  EcsTelemetry: SERVICES.ECS_TELEMETRY,
  Monitoring: SERVICES.CLOUDWATCH_MONITORING,
};

/** The EC2 hosts that edges share, and what they need. A deployment whose edges all run on Fargate does without. */
export class HostsStack extends DeployedStack {
  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "hosts", config, "hosts of the edge");
    const vpc = deployedVpc(this, config, "private");
    const group = newGroup(this, "Hosts", vpc, "Hosts of the edge");
    for (const balancer of balancersOfHosts(config))
      admitBalancer(this, config, group, balancer, DYNAMIC_PORTS);
    if (makesEndpoints(config.network)) addEndpoints(this, vpc, config);

    const hosts = edgeHosts(this, config, vpc, [
      publishedGroup(this, config, "edge-group"),
      group,
      ...ownGroups(this, config, "edges"),
    ]);
    const provider = new ecs.CfnCapacityProvider(this, "Provider", {
      autoScalingGroupProvider: {
        autoScalingGroupArn: hosts.autoScalingGroupName,
        managedDraining: "ENABLED",
        // Scaling in takes empty hosts only; a host that is replaced drains first.
        managedTerminationProtection: "ENABLED",
        managedScaling: { status: "ENABLED", targetCapacity: HOST_TARGET_PERCENT },
      },
    });
    new ecs.CfnClusterCapacityProviderAssociations(this, "Association", {
      cluster: config.name,
      capacityProviders: [provider.ref],
      defaultCapacityProviderStrategy: [],
    });
    suspendRebalancing(this, config, hosts);
    publish(this, config, "hosts", provider.ref);
    publish(this, config, "hosts-group", hosts.autoScalingGroupName);
    Validations.of(group).acknowledge({
      id: "AwsSolutions-EC23",
      reason:
        "Open only to the NLBs' security groups, on Docker's dynamic ports: several tasks share a host.",
    });
  }
}

/** The load balancers that lead to instances on hosts. */
const balancersOfHosts = ({ loadBalancers, sizes }: DeploymentConfig): string[] =>
  Object.entries(loadBalancers)
    .filter(([, { listeners }]) =>
      listeners.some(({ instance }) => sizeOf(sizes, instance).capacity === "ec2"),
    )
    .map(([name]) => name);

function addEndpoints(stack: DeployedStack, vpc: ec2.IVpc, config: DeploymentConfig): void {
  const group = publishedGroup(stack, config, "endpoints-group");
  const services = config.access.hosts ? { ...ENDPOINTS, Ssm: SERVICES.SSM } : ENDPOINTS;
  for (const [name, service] of Object.entries(services)) {
    new ec2.InterfaceVpcEndpoint(stack, `${name}Endpoint`, {
      vpc,
      service,
      securityGroups: [group],
      subnets: { subnets: vpc.privateSubnets },
      open: false,
    });
  }
}
