import type { Stack } from "aws-cdk-lib";
import * as ssm from "aws-cdk-lib/aws-ssm";
import type { DeploymentConfig } from "../../config/schema.ts";

/** What stacks publish for others, by name. */
export type Reference =
  | "vpc"
  | `public-subnet-${number}`
  | `private-subnet-${number}`
  | "edge-group"
  | "endpoints-group"
  | `log-${string}`
  | `balancer-${string}`
  | `balancer-${string}-group`
  | `balancer-${string}-name`
  | `balancer-${string}-zone`
  | `service-${string}`
  | "hosts"
  | "hosts-group"
  | "route-api-balancer";

/**
 * Publishes a value for other stacks as a parameter in SSM. CloudFormation refuses to change an exported value while
 * another stack imports it, and takes every value that Fn::GetStackOutput gives for a changed one, so that it replaces
 * what must not be replaced; a parameter may change, and an unchanged one changes nothing.
 */
export function publish(stack: Stack, { name }: DeploymentConfig, reference: Reference, value: string): void {
  new ssm.CfnParameter(stack, `Published-${reference}`, {
    name: `/${name}/${reference}`,
    type: "String",
    value,
  });
}

/** A value that another stack has published; CloudFormation reads it at each deployment. */
export const published = (stack: Stack, { name }: DeploymentConfig, reference: Reference): string =>
  ssm.StringParameter.valueForStringParameter(stack, `/${name}/${reference}`);
