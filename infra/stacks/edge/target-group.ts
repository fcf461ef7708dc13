import { Duration } from "aws-cdk-lib";
import type { IVpc } from "aws-cdk-lib/aws-ec2";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { Construct } from "constructs";
import { TARGET_HEALTH } from "../../config/health.ts";
import type { LoadBalancerConfig } from "../../config/load-balancers.ts";
import type { EdgeSize } from "../../config/sizes.ts";
import type { Target } from "../../parts/edge-services.ts";

/**
 * The targets that a balancer reaches at one listener. By default the client's address is preserved and no PROXY header is sent: an NLB
 * sends it with the client's first bytes, too late where the server speaks first. With PROXY v2 the address is not
 * preserved, so that the header comes from the balancer, which the edge trusts.
 */
export function targetGroup(
  scope: Construct,
  target: Target,
  { vpc, size, scheme }: { vpc: IVpc; size: EdgeSize; scheme: LoadBalancerConfig["scheme"] },
): elb.NetworkTargetGroup {
  const { balancer, listener, proxyHeader } = target;
  // A balancer of another scheme is another balancer, and a target group cannot change over to it.
  const id = `Targets-${balancer}-${listener.port}${scheme === "internal" ? "-internal" : ""}`;
  const group = new elb.NetworkTargetGroup(scope, id, {
    vpc,
    port: listener.port,
    protocol: elb.Protocol.TCP,
    targetType: size.capacity === "ec2" ? elb.TargetType.INSTANCE : elb.TargetType.IP,
    preserveClientIp: !proxyHeader,
    proxyProtocolV2: proxyHeader,
    // Sessions continue while their edge drains, and end with it.
    deregistrationDelay: Duration.seconds(size.deregistrationSeconds),
    connectionTermination: false,
    healthCheck: {
      protocol: elb.Protocol.TCP,
      port: "traffic-port",
      interval: Duration.seconds(TARGET_HEALTH.intervalSeconds),
      healthyThresholdCount: TARGET_HEALTH.healthy,
      unhealthyThresholdCount: TARGET_HEALTH.unhealthy,
    },
  });
  // By default an NLB cuts all sessions of an edge that fails its health check.
  group.setAttribute("target_health_state.unhealthy.connection_termination.enabled", "false");
  group.setAttribute(
    "target_health_state.unhealthy.draining_interval_seconds",
    String(size.deregistrationSeconds),
  );
  return group;
}
