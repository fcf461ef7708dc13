import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { ofType, synthesised } from "../synthesise.ts";

const example = await synthesised();
const balancers = example.template("load-balancers");
const BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer";

type Attributes = { Key: string; Value: string }[];
const attribute = (balancer: Record<string, unknown>, key: string): string | undefined =>
  (balancer.LoadBalancerAttributes as Attributes).find(({ Key }) => Key === key)?.Value;

describe("an NLB", () => {
  test("has a static address of its own in each zone, which outlives it", () => {
    for (const { SubnetMappings } of ofType(example.templates["load-balancers"], BALANCER)) {
      expect(SubnetMappings).toEqual([
        { AllocationId: expect.anything(), SubnetId: expect.anything() },
        { AllocationId: expect.anything(), SubnetId: expect.anything() },
      ]);
    }
    balancers.resourceCountIs("AWS::EC2::EIP", 4);
    balancers.allResources("AWS::EC2::EIP", { DeletionPolicy: "RetainExceptOnCreate" });
  });

  test("has a security group from the beginning, and cannot be deleted by mistake", () => {
    balancers.allResourcesProperties(BALANCER, {
      SecurityGroups: [Match.anyValue()],
      LoadBalancerAttributes: Match.arrayWith([{ Key: "deletion_protection.enabled", Value: "true" }]),
    });
  });

  test("without listeners can be deleted", async () => {
    const retired = await synthesised((c) => {
      c.loadBalancers.old = { listeners: [] };
    });
    const protections = ofType(retired.templates["load-balancers"], BALANCER).map((balancer) =>
      attribute(balancer, "deletion_protection.enabled"),
    );
    expect(protections).toEqual(["true", "true", "false"]);
    // Nothing refers to it any more.
    const others = Object.entries(retired.templates).filter(([stack]) => stack !== "load-balancers");
    expect(JSON.stringify(others)).not.toContain("balancer-old");
  });

  test.each([true, false])("crosses zones by choice: %s", async (crossZone) => {
    const chosen = await synthesised((c) => {
      c.loadBalancers.main.crossZone = crossZone;
    });
    const [main = {}] = ofType(chosen.templates["load-balancers"], BALANCER);
    expect(attribute(main, "load_balancing.cross_zone.enabled")).toBe(String(crossZone));
  });

  test("speaks IPv6 by choice", async () => {
    const chosen = await synthesised((c) => {
      c.network.dualStack = true;
      c.loadBalancers.main.dualStack = true;
    });
    const template = chosen.template("load-balancers");
    template.hasResourceProperties(BALANCER, { IpAddressType: "dualstack" });
    template.hasResourceProperties("AWS::EC2::SecurityGroup", {
      SecurityGroupIngress: Match.arrayWith([Match.objectLike({ CidrIpv6: "::/0", FromPort: 993 })]),
    });
  });

  test("admits the clients that it is for, of both families", async () => {
    const chosen = await synthesised((c) => {
      c.network.dualStack = true;
      c.loadBalancers.main.dualStack = true;
      c.loadBalancers.main.clients = ["192.0.2.0/24", "2001:db8::/32"];
    });
    const groups = ofType(chosen.templates["load-balancers"], "AWS::EC2::SecurityGroup");
    const [main] = groups.filter(({ GroupDescription }) => GroupDescription === "NLB main");
    const rules = main?.SecurityGroupIngress as { CidrIp?: string; CidrIpv6?: string }[];
    expect(new Set(rules.map(({ CidrIp, CidrIpv6 }) => CidrIp ?? CidrIpv6))).toEqual(
      new Set(["192.0.2.0/24", "2001:db8::/32"]),
    );
  });

  test("is reached at its listeners' ports alone", () => {
    const groups = ofType(example.templates["load-balancers"], "AWS::EC2::SecurityGroup");
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

  test("takes the operator's own addresses", async () => {
    const own = await synthesised((c) => {
      c.loadBalancers.main.addresses = ["eipalloc-0123456789abcdef0", "eipalloc-0123456789abcdef1"];
      c.loadBalancers.acme.scheme = "internal";
      c.loadBalancers.acme.privateAddresses = ["10.40.16.10", "10.40.32.10"];
    });
    const mappings = ofType(own.templates["load-balancers"], BALANCER).map(
      ({ SubnetMappings }) => SubnetMappings as Record<string, unknown>[],
    );
    expect(mappings[0]?.map(({ AllocationId }) => AllocationId)).toEqual([
      "eipalloc-0123456789abcdef0",
      "eipalloc-0123456789abcdef1",
    ]);
    expect(mappings[1]?.map(({ PrivateIPv4Address }) => PrivateIPv4Address)).toEqual([
      "10.40.16.10",
      "10.40.32.10",
    ]);
    own.template("load-balancers").resourceCountIs("AWS::EC2::EIP", 0);
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

describe("names", () => {
  const NAME = "AWS::Route53::RecordSet";
  test("are not created until it is said so: clients would follow them", () => {
    expect(example.templates.names).toBeUndefined();
  });

  test("come last, of the load balancers that are to have one", async () => {
    const cutOver = await synthesised((c) => {
      c.network.dualStack = true;
      c.loadBalancers.main.dualStack = true;
      c.loadBalancers.main.record = "create";
    });
    const records = ofType(cutOver.templates.names, NAME);
    expect(records.map(({ Type, Name }) => `${Type} ${Name}`)).toEqual([
      "A mail.example.com.",
      "AAAA mail.example.com.",
    ]);
    const stack = cutOver.assembly.stacks.find(({ id }) => id === "names");
    expect(stack?.dependencies.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["load-balancers", "edge-main", "edge-acme"]),
    );
  });
});
