import { Duration } from "aws-cdk-lib";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { LambdaTarget } from "aws-cdk-lib/aws-elasticloadbalancingv2-targets";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { bundleLambda } from "../../parts/bundle-lambda.ts";
import type { Deployment } from "../../read-config.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import { configurationHash } from "../common/fargate-service.ts";
import { tableKeyAccess } from "../common/key-access.ts";
import { mayWriteLog, publishedLog } from "../common/log-group.ts";
import { partConfiguration } from "../common/part-configuration.ts";
import { tableAccess } from "../common/table-access.ts";
import { type RouteApiParts, routeRequests } from "./parts.ts";

const MEMORY_MIB = 512;

/** The route API as a Lambda function. It is never idle while edges follow the change feed. */
export function routeApiFunction(
  stack: DeployedStack,
  deployment: Deployment,
  { listener }: RouteApiParts,
): void {
  const { config, parts } = deployment;
  const log = publishedLog(stack, config, "route-api");
  const { environment, mayReadSecrets } = partConfiguration(stack, "route-api", deployment, "/tmp/mmp");
  const role = new iam.Role(stack, "FunctionRole", {
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
  });
  for (const statement of mayReadSecrets) role.addToPolicy(statement);
  role.addToPolicy(tableAccess(stack, config, "routeApi"));
  for (const statement of tableKeyAccess(config.data.kmsKey)) role.addToPolicy(statement);
  role.addToPolicy(mayWriteLog(log));
  const { AWS_REGION: _own, ...own } = environment;
  const api = new lambda.Function(stack, "Function", {
    description: "Route API of the Messaging Multiplexor",
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: "lambda.handler",
    code: lambda.Code.fromAsset(bundleLambda()),
    memorySize: MEMORY_MIB,
    // A long poll ends after 20 seconds.
    timeout: Duration.seconds(29),
    role: role.withoutPolicyUpdates(),
    logGroup: log.group,
    environment: {
      ...own,
      ...configurationHash(parts["route-api"]),
      MMP_LOG_LEVEL: config.logs.routeApiLevel,
    },
  });
  const targets = new elb.ApplicationTargetGroup(stack, "FunctionTargets", {
    targetType: elb.TargetType.LAMBDA,
    targets: [new LambdaTarget(api)],
  });
  routeRequests(stack, listener, targets);
}
