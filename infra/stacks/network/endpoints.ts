import * as ec2 from "aws-cdk-lib/aws-ec2";
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

/** AWS's services without the internet. DynamoDB and S3, which holds image layers, are free of charge. */
export function addEndpoints(stack: DeployedStack, vpc: ec2.Vpc, config: DeploymentConfig): void {
  const group = newGroup(stack, "Endpoints", vpc as ec2.IVpc, "Endpoints of AWS services");
  group.addIngressRule(ec2.Peer.ipv4(config.network.cidr), HTTPS, "From the VPC");
  publish(stack, config, "endpoints-group", group.securityGroupId);
  vpc.addGatewayEndpoint("DynamoDb", { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
  vpc.addGatewayEndpoint("S3", { service: ec2.GatewayVpcEndpointAwsService.S3 });
  for (const [name, service] of Object.entries(ALWAYS)) {
    new ec2.InterfaceVpcEndpoint(stack, `${name}Endpoint`, {
      vpc: vpc as ec2.IVpc,
      service,
      securityGroups: [group],
      open: false,
    });
  }
}
