import { Aws } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import { rangesOf } from "../../config/network.ts";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import { publish } from "../common/references.ts";
import { HTTPS, newGroup } from "../common/security-groups.ts";

const SERVICES = ec2.InterfaceVpcEndpointAwsService;

/** What every task needs: secrets, image, log. The hosts' agents have endpoints of their own. */
const ALWAYS = {
  SecretsManager: SERVICES.SECRETS_MANAGER,
  Ecr: SERVICES.ECR,
  EcrDocker: SERVICES.ECR_DOCKER,
  Logs: SERVICES.CLOUDWATCH_LOGS,
};

/** AWS's services without the internet, in the private subnets. */
export function addEndpoints(stack: DeployedStack, vpc: ec2.IVpc, config: DeploymentConfig): void {
  const group = newGroup(stack, "Endpoints", vpc, "Endpoints of AWS services");
  for (const range of rangesOf(config.network))
    group.addIngressRule(ec2.Peer.ipv4(range), HTTPS, "From the VPC");
  publish(stack, config, "endpoints-group", group.securityGroupId);
  const { hosts, tasks } = config.access;
  const services = hosts || tasks ? { ...ALWAYS, SsmMessages: SERVICES.SSM_MESSAGES } : ALWAYS;
  for (const [name, service] of Object.entries(services)) {
    new ec2.InterfaceVpcEndpoint(stack, `${name}Endpoint`, {
      vpc,
      service,
      securityGroups: [group],
      open: false,
    });
  }
}

/** DynamoDB and S3, which holds image layers, in a VPC that is there already; free of charge. */
export function addGatewayEndpoints(
  stack: DeployedStack,
  vpcId: string,
  routeTableIds: readonly string[],
): void {
  for (const service of ["dynamodb", "s3"])
    new ec2.CfnVPCEndpoint(stack, `${service}-Endpoint`, {
      vpcId,
      serviceName: `com.amazonaws.${Aws.REGION}.${service}`,
      vpcEndpointType: "Gateway",
      routeTableIds: [...routeTableIds],
    });
}
