import { Aws, type Stack } from "aws-cdk-lib";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as iam from "aws-cdk-lib/aws-iam";
import { ecrRepository } from "../../config/image.ts";
import type { DeploymentConfig } from "../../config/schema.ts";

/** The image by digest or tag: nothing is built here, so a deployment needs no Docker. */
export function containerImage({ image }: DeploymentConfig): ecs.ContainerImage {
  if ("uri" in image) return ecs.ContainerImage.fromRegistry(image.uri);
  const version = image.digest === undefined ? `:${image.tag}` : `@${image.digest}`;
  const registry = `${Aws.ACCOUNT_ID}.dkr.ecr.${Aws.REGION}.${Aws.URL_SUFFIX}`;
  return ecs.ContainerImage.fromRegistry(`${registry}/${image.repository}${version}`);
}

/** What a role needs to pull the image; nothing if its registry is not ECR. */
export function mayPull(stack: Stack, { image }: DeploymentConfig): iam.PolicyStatement[] {
  const repository = ecrRepository(image);
  if (repository === undefined) return [];
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
