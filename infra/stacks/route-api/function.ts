import { Duration, type Stack } from "aws-cdk-lib";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { LambdaTarget } from "aws-cdk-lib/aws-elasticloadbalancingv2-targets";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { bundleLambda } from "../../parts/bundle-lambda.ts";
import type { Deployment } from "../../read-config.ts";
import { configurationHash } from "../common/fargate-service.ts";
import { keptConfiguration } from "../common/kept-configuration.ts";
import { logGroup } from "../common/log-group.ts";
import { tableAccess } from "../common/table-access.ts";
import type { RouteApiParts } from "./parts.ts";

const MEMORY_MIB = 512;

/** The route API as a Lambda function. It is never idle while edges follow the change feed. */
export function routeApiFunction(
  stack: Stack,
  listener: elb.ApplicationListener,
  deployment: Deployment,
  { secrets }: RouteApiParts,
): void {
  const { config } = deployment;
  const log = logGroup(stack, "RouteApi", config.logs.days);
  const { environment, mayReadSecrets } = keptConfiguration(
    stack,
    "routeApi",
    deployment,
    (name) => secrets.arnOf(name),
    "/tmp/mmp",
  );
  const role = new iam.Role(stack, "FunctionRole", {
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
  });
  role.addToPolicy(mayReadSecrets);
  role.addToPolicy(tableAccess(stack, config, "routeApi"));
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [log.logGroupArn],
    }),
  );
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
    logGroup: log,
    environment: { ...own, ...configurationHash(deployment.documents.routeApi) },
  });
  const targets = new elb.ApplicationTargetGroup(stack, "Targets", {
    targetType: elb.TargetType.LAMBDA,
    targets: [new LambdaTarget(api)],
  });
  listener.addTargetGroups("Function", {
    targetGroups: [targets],
    priority: 1,
    conditions: [elb.ListenerCondition.pathPatterns(["/*"])],
  });
}
