import type { Stack } from "aws-cdk-lib";
import type { IVpc } from "aws-cdk-lib/aws-ec2";
import * as ecs from "aws-cdk-lib/aws-ecs";
import type { DeploymentConfig } from "../../config/schema.ts";

/** The cluster, which has the deployment's name. */
export const deployedCluster = (stack: Stack, { name }: DeploymentConfig, vpc: IVpc): ecs.ICluster =>
  ecs.Cluster.fromClusterAttributes(stack, "Cluster", { clusterName: name, vpc });
