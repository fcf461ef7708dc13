import * as ec2 from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";

const SERVICES = ec2.InterfaceVpcEndpointAwsService;

/** What every task needs: secrets, image, log. */
const ALWAYS = {
  SecretsManager: SERVICES.SECRETS_MANAGER,
  Ecr: SERVICES.ECR,
  EcrDocker: SERVICES.ECR_DOCKER,
  Logs: SERVICES.CLOUDWATCH_LOGS,
};
/** What the ECS agent on a host connects to. */
const HOSTS = { Ecs: SERVICES.ECS, EcsAgent: SERVICES.ECS_AGENT, EcsTelemetry: SERVICES.ECS_TELEMETRY };

/** AWS's services without the internet. DynamoDB and S3, which holds image layers, are free of charge. */
export function addEndpoints(
  scope: Construct,
  vpc: ec2.Vpc,
  group: ec2.ISecurityGroup,
  { sizes }: DeploymentConfig,
): void {
  vpc.addGatewayEndpoint("DynamoDb", { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
  vpc.addGatewayEndpoint("S3", { service: ec2.GatewayVpcEndpointAwsService.S3 });
  const services = { ...ALWAYS, ...(sizes.edge.capacity === "ec2" ? HOSTS : {}) };
  for (const [name, service] of Object.entries(services)) {
    new ec2.InterfaceVpcEndpoint(scope, `${name}Endpoint`, {
      vpc: vpc as ec2.IVpc,
      service,
      securityGroups: [group],
      open: false,
    });
  }
}
