import { Aws, type Stack } from "aws-cdk-lib";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as iam from "aws-cdk-lib/aws-iam";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { ecrRepository } from "../../config/image.ts";
import type { DeploymentConfig } from "../../config/schema.ts";

/** The image by digest or tag: nothing is built here, so a deployment needs no Docker. */
export function containerImage(scope: Construct, { image }: DeploymentConfig): ecs.ContainerImage {
  if ("uri" in image) {
    const { uri, credentials } = image;
    if (credentials === undefined) return ecs.ContainerImage.fromRegistry(uri);
    const secret = secretsmanager.Secret.fromSecretCompleteArn(scope, "Registry", credentials);
    return ecs.ContainerImage.fromRegistry(uri, { credentials: secret });
  }
  const version = image.digest === undefined ? `:${image.tag}` : `@${image.digest}`;
  const registry = `${Aws.ACCOUNT_ID}.dkr.ecr.${Aws.REGION}.${Aws.URL_SUFFIX}`;
  return ecs.ContainerImage.fromRegistry(`${registry}/${image.repository}${version}`);
}

/** What a role needs to pull the image: ECR's rights, or the credentials of a private registry. */
export function mayPull(stack: Stack, { image }: DeploymentConfig): iam.PolicyStatement[] {
  const repository = ecrRepository(image);
  if (repository === undefined) {
    const credentials = "uri" in image ? image.credentials : undefined;
    if (credentials === undefined) return [];
    return [
      new iam.PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [credentials] }),
    ];
  }
  return [
    new iam.PolicyStatement({
      actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      resources: [
        stack.formatArn({
          service: "ecr",
          resource: "repository",
          resourceName: repository.name,
          ...(repository.account === undefined ? {} : { account: repository.account }),
        }),
      ],
    }),
    new iam.PolicyStatement({ actions: ["ecr:GetAuthorizationToken"], resources: ["*"] }),
  ];
}
