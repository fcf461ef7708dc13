import * as ecr from "aws-cdk-lib/aws-ecr";
import * as ecs from "aws-cdk-lib/aws-ecs";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";

/** The image by digest or tag: nothing is built here, so a deployment needs no Docker. */
export function containerImage(scope: Construct, { image }: DeploymentConfig): ecs.ContainerImage {
  if ("uri" in image) return ecs.ContainerImage.fromRegistry(image.uri);
  const repository = ecr.Repository.fromRepositoryName(scope, "Image", image.repository);
  return ecs.ContainerImage.fromEcrRepository(repository, image.digest ?? image.tag);
}
