import type { IVpc, SecurityGroup } from "aws-cdk-lib/aws-ec2";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { DeployedStack } from "../common/deployed-stack.ts";

/** What the route API runs behind. */
export interface RouteApiParts {
  vpc: IVpc;
  balancerGroup: SecurityGroup;
  listener: elb.ApplicationListener;
}

const ALL_PATHS = elb.ListenerCondition.pathPatterns(["/*"]);

/**
 * The rule by which every request gets to the targets. It has one name, whatever the targets are: a change of these moves
 * it, and two rules of one priority never meet.
 */
export const routeRequests = (
  stack: DeployedStack,
  listener: elb.ApplicationListener,
  targets: elb.ApplicationTargetGroup,
): elb.ApplicationListenerRule =>
  new elb.ApplicationListenerRule(stack, "Requests", {
    listener,
    priority: 1,
    conditions: [ALL_PATHS],
    action: elb.ListenerAction.forward([targets]),
  });

/** A rule that never applies, because another comes first. ECS takes only targets that a load balancer leads to. */
export const announceTargets = (
  stack: DeployedStack,
  listener: elb.ApplicationListener,
  targets: elb.ApplicationTargetGroup,
): elb.ApplicationListenerRule =>
  new elb.ApplicationListenerRule(stack, "Announcement", {
    listener,
    priority: 2,
    conditions: [ALL_PATHS],
    action: elb.ListenerAction.forward([targets]),
  });
