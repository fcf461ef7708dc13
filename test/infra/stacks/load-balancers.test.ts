import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { ofType, synthesised } from "../synthesise.ts";

const example = await synthesised();
const balancers = example.template("load-balancers");
const LISTENER = "AWS::ElasticLoadBalancingV2::Listener";
const TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup";
const BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer";

type Attributes = { Key: string; Value: string }[];
const attribute = (resource: Record<string, unknown>, list: string, key: string): string | undefined =>
  (resource[list] as Attributes | undefined)?.find(({ Key }) => Key === key)?.Value;
const targetGroups = (of = example): Record<string, unknown>[] =>
  ofType(of.templates["load-balancers"], TARGETS);

describe("an NLB", () => {
  test("listens by TCP and leaves a silent connection alone for 6,000 seconds", () => {
    balancers.allResourcesProperties(LISTENER, {
      Protocol: "TCP",
      ListenerAttributes: [{ Key: "tcp.idle_timeout.seconds", Value: "6000" }],
    });
    const ports = ofType(example.templates["load-balancers"], LISTENER).map(({ Port }) => Port);
    expect(ports).toEqual([143, 993, 110, 995, 143, 993]);
  });

  test("has a static address in each zone, of its own", () => {
    for (const { SubnetMappings } of ofType(example.templates["load-balancers"], BALANCER)) {
      expect(SubnetMappings).toEqual([
        { AllocationId: expect.anything(), SubnetId: expect.anything() },
        { AllocationId: expect.anything(), SubnetId: expect.anything() },
      ]);
    }
    balancers.resourceCountIs("AWS::EC2::EIP", 4);
  });

  test("has a security group from the beginning, and cannot be deleted by mistake", () => {
    balancers.allResourcesProperties(BALANCER, {
      SecurityGroups: [Match.anyValue()],
      LoadBalancerAttributes: Match.arrayWith([{ Key: "deletion_protection.enabled", Value: "true" }]),
    });
  });

  test.each([true, false])("crosses zones by choice: %s", async (crossZone) => {
    const chosen = await synthesised((c) => {
      c.loadBalancers.main.crossZone = crossZone;
    });
    const [main = {}] = ofType(chosen.templates["load-balancers"], BALANCER);
    expect(attribute(main, "LoadBalancerAttributes", "load_balancing.cross_zone.enabled")).toBe(
      String(crossZone),
    );
  });

  test("speaks IPv6 by choice", async () => {
    const chosen = await synthesised((c) => {
      c.network.dualStack = true;
      c.loadBalancers.main.dualStack = true;
    });
    const template = chosen.template("load-balancers");
    template.hasResourceProperties(BALANCER, { IpAddressType: "dualstack" });
    template.hasResourceProperties("AWS::Route53::RecordSet", { Type: "AAAA", Name: "mail.example.com." });
    chosen.template("network").hasResourceProperties("AWS::EC2::SecurityGroup", {
      SecurityGroupIngress: Match.arrayWith([Match.objectLike({ CidrIpv6: "::/0", FromPort: 993 })]),
    });
  });

  test("is reached at its listeners' ports alone", () => {
    const groups = ofType(example.templates.network, "AWS::EC2::SecurityGroup");
    const [main] = groups.filter(({ GroupDescription }) => GroupDescription === "NLB main");
    expect(main?.SecurityGroupIngress).toEqual(
      [143, 993, 110, 995].map((port) => ({
        CidrIp: "0.0.0.0/0",
        Description: "Mail clients",
        IpProtocol: "tcp",
        FromPort: port,
        ToPort: port,
      })),
    );
  });

  test("may be inside", async () => {
    const inside = await synthesised((c) => {
      c.loadBalancers.main.scheme = "internal";
    });
    inside
      .template("load-balancers")
      .hasResourceProperties(BALANCER, { Scheme: "internal", Subnets: Match.anyValue() });
  });
});

describe("a target group", () => {
  test("keeps the sessions of an edge that fails its health check, or goes", () => {
    for (const group of targetGroups()) {
      const value = (key: string) => attribute(group, "TargetGroupAttributes", key);
      expect(value("target_health_state.unhealthy.connection_termination.enabled")).toBe("false");
      expect(value("target_health_state.unhealthy.draining_interval_seconds")).toBe("300");
      expect(value("deregistration_delay.connection_termination.enabled")).toBe("false");
      expect(value("deregistration_delay.timeout_seconds")).toBe("300");
    }
  });

  test("preserves the client's address, and sends a PROXY header only where it is asked for", () => {
    const settings = targetGroups().map((group) => [
      group.Port,
      attribute(group, "TargetGroupAttributes", "preserve_client_ip.enabled"),
      attribute(group, "TargetGroupAttributes", "proxy_protocol_v2.enabled"),
    ]);
    expect(settings).toEqual([
      [1143, "true", "false"],
      [1993, "true", "false"],
      [1110, "true", "false"],
      [1995, "true", "false"],
      [2143, "true", "false"],
      // Behind implicit TLS the client speaks first; the header comes from the balancer, so that it can be trusted.
      [2993, "false", "true"],
    ]);
  });

  test.each([
    ["ec2", "instance"],
    ["fargate", "ip"],
  ] as const)("has targets of %s as %s, and asks them by TCP", async (capacity, type) => {
    const chosen = await synthesised((c) => {
      c.sizes = { edge: { capacity, ...(capacity === "fargate" ? { drainSeconds: 110 } : {}) } };
    });
    for (const group of targetGroups(chosen)) {
      expect(group).toMatchObject({
        TargetType: type,
        Protocol: "TCP",
        HealthCheckProtocol: "TCP",
        HealthCheckIntervalSeconds: 10,
      });
      expect(attribute(group, "TargetGroupAttributes", "preserve_client_ip.enabled")).toBe(
        group.Port === 2993 ? "false" : "true",
      );
    }
  });
});
