import type { IVpc } from "aws-cdk-lib/aws-ec2";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { DeploymentConfig } from "../../config/schema.ts";
import type { EdgeSize } from "../../config/sizes.ts";
import type { Target } from "../../parts/edge-services.ts";
import type { DeployedStack } from "../common/deployed-stack.ts";
import { published } from "../common/references.ts";
import { targetGroup } from "./target-group.ts";

/** The longest idle time-out of an NLB, in seconds; IDLE is silent for half an hour. */
const IDLE_SECONDS = 6000;

/** A target group, and the listeners of a load balancer by which clients reach it. */
export interface ReachedTarget {
  targetGroup: elb.NetworkTargetGroup;
  listeners: elb.CfnListener[];
  containerPort: number;
}

/** Makes the target groups of a service, and has load balancers listen for them. */
export const addListeners = (
  stack: DeployedStack,
  config: DeploymentConfig,
  vpc: IVpc,
  size: EdgeSize,
  targets: readonly Target[],
): ReachedTarget[] =>
  targets.map((target) => {
    const { balancer, ports, listener } = target;
    const scheme = config.loadBalancers[balancer]?.scheme ?? "internet-facing";
    const group = targetGroup(stack, target, { vpc, size, scheme });
    const listeners = ports.map(
      (port) =>
        new elb.CfnListener(stack, `Listener-${balancer}-${port}`, {
          loadBalancerArn: published(stack, config, `balancer-${balancer}`),
          port,
          protocol: elb.Protocol.TCP,
          listenerAttributes: [{ key: "tcp.idle_timeout.seconds", value: String(IDLE_SECONDS) }],
          defaultActions: [{ type: "forward", targetGroupArn: group.targetGroupArn }],
        }),
    );
    return { targetGroup: group, listeners, containerPort: listener.port };
  });
