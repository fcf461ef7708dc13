import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { subnetNetworks } from "../../../infra/config/subnets.ts";
import { ofType, synthesised } from "../synthesise.ts";
import { variant } from "../variants.ts";

const example = await synthesised();
const network = example.template("network");

describe("a VPC of the deployment's own", () => {
  test("has load balancers in public subnets, all else in private ones without a way to the internet", () => {
    network.resourceCountIs("AWS::EC2::Subnet", 4);
    network.resourceCountIs("AWS::EC2::NatGateway", 0);
    network.allResourcesProperties("AWS::EC2::Subnet", { MapPublicIpOnLaunch: false });
  });

  test.each([
    [
      { cidr: "10.40.0.0/16", zones: 2 },
      ["10.40.0.0/24", "10.40.1.0/24"],
      ["10.40.16.0/20", "10.40.32.0/20"],
    ],
    [
      { cidr: "172.16.128.0/17", zones: 3 },
      ["172.16.128.0/24", "172.16.129.0/24", "172.16.130.0/24"],
      ["172.16.144.0/20", "172.16.160.0/20", "172.16.176.0/20"],
    ],
    [
      { cidr: "10.40.4.0/22", secondCidr: "100.64.0.0/16", zones: 2 },
      ["10.40.4.0/24", "10.40.5.0/24"],
      ["100.64.0.0/20", "100.64.16.0/20"],
    ],
  ])("has its subnets where PROXY headers are expected from: %j", async (network, open, inner) => {
    const { templates } = await synthesised((c) => {
      c.network = { ...c.network, ...network };
    });
    const subnets = ofType(templates.network, "AWS::EC2::Subnet");
    const of = (isPublic: boolean) =>
      subnets
        .filter(({ Tags }) => /"Public"/.test(JSON.stringify(Tags)) === isPublic)
        .map(({ CidrBlock }) => CidrBlock);
    expect({ public: of(true), private: of(false) }).toEqual({ public: open, private: inner });
    expect(subnetNetworks({ privateOnly: false, ...network })).toEqual({ public: open, private: inner });
  });

  test("may have no way to the internet but the operator's, and its private subnets in a second range", async () => {
    const chosen = await variant(
      "two ranges without public subnets, zones by name, an image of any registry, no names",
    );
    const { network: resources } = chosen.templates;
    const subnets = ofType(resources, "AWS::EC2::Subnet");
    expect(subnets.map(({ CidrBlock, AvailabilityZone }) => [CidrBlock, AvailabilityZone])).toEqual([
      ["10.50.0.0/20", "eu-central-1a"],
      ["10.50.16.0/20", "eu-central-1c"],
    ]);
    expect(ofType(resources, "AWS::EC2::VPCCidrBlock")).toEqual([
      { CidrBlock: "10.50.0.0/18", VpcId: expect.anything() },
    ]);
    // A subnet outside the first range can be made only once the VPC has the second.
    for (const { Type, DependsOn } of Object.values(resources ?? {}))
      if (Type === "AWS::EC2::Subnet")
        expect(DependsOn).toContainEqual(expect.stringMatching(/^SecondRange/));
    expect(ofType(resources, "AWS::EC2::InternetGateway")).toEqual([]);
    expect(
      ofType(resources, "AWS::EC2::Route").map(({ DestinationCidrBlock, TransitGatewayId }) => [
        DestinationCidrBlock,
        TransitGatewayId,
      ]),
    ).toEqual(Array(2).fill(["0.0.0.0/0", "tgw-0123456789abcdef0"]));
    // Both ranges are the VPC.
    const groups = ofType(resources, "AWS::EC2::SecurityGroup");
    expect(groups).toContainEqual(
      expect.objectContaining({
        GroupDescription: "Endpoints of AWS services",
        SecurityGroupIngress: ["10.40.0.0/22", "10.50.0.0/18"].map((CidrIp) =>
          expect.objectContaining({ CidrIp }),
        ),
      }),
    );
    for (const balancer of ofType(
      chosen.templates["load-balancers"],
      "AWS::ElasticLoadBalancingV2::LoadBalancer",
    ))
      expect(balancer.Scheme).toBe("internal");
  });

  test("keeps what was refused", () => {
    network.hasResourceProperties("AWS::EC2::FlowLog", { ResourceType: "VPC", TrafficType: "REJECT" });
    network.hasResourceProperties("AWS::Logs::LogGroup", { RetentionInDays: 30 });
  });

  test("reaches AWS's services by endpoints", () => {
    const services = ofType(example.templates.network, "AWS::EC2::VPCEndpoint").map(
      ({ ServiceName }) => /([a-z0-9.-]+)"[\]}]*$/.exec(JSON.stringify(ServiceName))?.[1],
    );
    expect(services).toEqual([".dynamodb", ".s3", ".secretsmanager", ".ecr.api", ".ecr.dkr", ".logs"]);
  });

  test.each([
    ["transitGateway", "tgw-0123456789abcdef0", "TransitGatewayId", "AWS::EC2::TransitGatewayAttachment"],
    ["peering", "pcx-0123456789abcdef0", "VpcPeeringConnectionId", undefined],
    ["virtualPrivateGateway", "vgw-0123456789abcdef0", "GatewayId", "AWS::EC2::VPCGatewayAttachment"],
  ])(
    "reaches stores and directory by %s, from each private subnet",
    async (way, id, property, attachment) => {
      const chosen = await synthesised((c) => {
        c.network.routes = [{ destination: "10.20.0.0/16", [way]: id }];
      });
      const routes = ofType(chosen.templates.network, "AWS::EC2::Route").filter(
        ({ DestinationCidrBlock }) => DestinationCidrBlock === "10.20.0.0/16",
      );
      expect(routes).toHaveLength(2);
      for (const route of routes) expect(route[property]).toBe(id);
      if (attachment !== undefined)
        expect(ofType(chosen.templates.network, attachment)).toContainEqual(
          expect.objectContaining({ VpcId: expect.anything() }),
        );
    },
  );
});

test("takes a VPC that is there, and looks nothing up for it", async () => {
  const chosen = await synthesised((c) => {
    c.environment = { account: "111122223333", region: "eu-central-1" };
    c.network = {
      vpc: "vpc-0123456789abcdef0",
      cidr: "10.0.0.0/16",
      availabilityZones: ["eu-central-1a", "eu-central-1b"],
      publicSubnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
      privateSubnets: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
    };
    c.instances.acme.listeners[1].trustedProxies = ["10.0.0.0/24"];
  });
  expect(ofType(chosen.templates.network, "AWS::EC2::VPC")).toEqual([]);
  chosen.template("load-balancers").hasResourceProperties("AWS::ElasticLoadBalancingV2::LoadBalancer", {
    SubnetMappings: [
      Match.objectLike({ SubnetId: "subnet-0123456789abcdef0" }),
      Match.objectLike({ SubnetId: "subnet-0123456789abcdef1" }),
    ],
  });
  chosen.template("hosts").hasResourceProperties("AWS::AutoScaling::AutoScalingGroup", {
    VPCZoneIdentifier: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
  });
  expect(chosen.assembly.manifest.missing ?? []).toEqual([]);
});

test("brings the endpoints of AWS services to a VPC that has none, and needs no public subnets there", async () => {
  const chosen = await variant("an existing VPC without public subnets or endpoints, ways in, bounds");
  const endpoints = ["network", "hosts"].flatMap((stack) =>
    ofType(chosen.templates[stack], "AWS::EC2::VPCEndpoint"),
  );
  expect(
    endpoints.map(({ ServiceName }) => /([a-z0-9-]+)"[\]}]*$/.exec(JSON.stringify(ServiceName))?.[1]),
  ).toEqual([
    ...["secretsmanager", "api", "dkr", "logs", "ssmmessages", "dynamodb", "s3"],
    ...["ecs", "ecs-agent", "ecs-telemetry", "monitoring", "ssm"],
  ]);
  for (const { VpcEndpointType, SubnetIds, RouteTableIds } of endpoints)
    expect(VpcEndpointType === "Gateway" ? RouteTableIds : SubnetIds).toEqual(
      VpcEndpointType === "Gateway"
        ? ["rtb-0123456789abcdef0"]
        : ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
    );
  chosen.template("load-balancers").allResourcesProperties("AWS::ElasticLoadBalancingV2::LoadBalancer", {
    Scheme: "internal",
    Subnets: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
  });
});

describe("who may connect to whom", () => {
  const egress = (stack: string, description: string): unknown[] => {
    const groups = Object.entries(example.templates[stack] ?? {}).filter(
      ([, { Type }]) => Type === "AWS::EC2::SecurityGroup",
    );
    const [id, group] = groups.find(([, { Properties }]) => Properties?.GroupDescription === description) ?? [
      "",
      undefined,
    ];
    const own = (group?.Properties?.SecurityGroupEgress as Record<string, unknown>[] | undefined) ?? [];
    const apart = ofType(example.templates[stack], "AWS::EC2::SecurityGroupEgress").filter(({ GroupId }) =>
      JSON.stringify(GroupId).includes(`"${id}"`),
    );
    // CDK writes a rule that fits nothing where there is none: an empty list would let AWS's stay.
    return [...own, ...apart]
      .filter(({ CidrIp }) => CidrIp !== "255.255.255.255/32")
      .map(({ CidrIp, FromPort, Description }) => [CidrIp ?? "group", FromPort, Description]);
  };

  test("edges reach stores, the route API and AWS, never the directory", () => {
    expect(egress("network", "Edge proxies")).toEqual([
      ["10.20.0.0/17", 143, "Mail stores"],
      ["10.20.0.0/17", 995, "Mail stores"],
      ["10.20.0.0/17", 993, "Mail stores"],
      ["0.0.0.0/0", 443, "AWS services, route API"],
    ]);
    expect(egress("hosts", "Hosts of the edge")).toEqual([]);
  });

  test("the sync reaches the directory and AWS, never a store", () => {
    expect(egress("sync", "Directory sync")).toEqual([
      ["10.20.128.0/24", 636, "Directory"],
      ["0.0.0.0/0", 443, "AWS services, route API"],
    ]);
  });

  test("nothing else leaves a load balancer than sessions for the edge", () => {
    expect(egress("load-balancers", "NLB main")).toEqual([]);
    const rules = ofType(example.templates.hosts, "AWS::EC2::SecurityGroupEgress");
    expect(rules.map(({ FromPort, ToPort }) => [FromPort, ToPort])).toEqual([
      [32_768, 65_535],
      [32_768, 65_535],
    ]);
  });

  test("edges reach the route API, and nobody else unless it is said", () => {
    const groups = Object.values(example.templates["route-api"] ?? {}).filter(
      ({ Properties }) => Properties?.GroupDescription === "Load balancer of the route API",
    );
    expect(groups.map(({ Properties }) => Properties?.SecurityGroupIngress ?? [])).toEqual([[]]);
    const rules = ofType(example.templates["route-api"], "AWS::EC2::SecurityGroupIngress");
    expect(rules.map(({ FromPort, Description }) => `${FromPort} ${Description}`)).toEqual([
      "443 From edges",
      "8443 From its load balancer",
    ]);
  });
});

describe("names of the data centre", () => {
  const RULE = "AWS::Route53Resolver::ResolverRule";
  const dns = ["udp", "tcp"].map((IpProtocol) => ({
    CidrIp: "10.20.0.53/32",
    Description: "DNS",
    IpProtocol,
    FromPort: 53,
    ToPort: 53,
  }));

  test("are asked of its servers, by an endpoint that may reach nothing else", async () => {
    const chosen = await synthesised((c) => {
      c.network.dns = {
        forward: [{ domain: "corp.example.com", servers: ["10.20.0.53"] }],
        rules: ["rslvr-rr-0123456789abcdef0"],
      };
    });
    const template = chosen.template("network");
    template.hasResourceProperties("AWS::Route53Resolver::ResolverEndpoint", {
      Direction: "OUTBOUND",
      IpAddresses: [{ SubnetId: Match.anyValue() }, { SubnetId: Match.anyValue() }],
    });
    template.hasResourceProperties(RULE, {
      RuleType: "FORWARD",
      DomainName: "corp.example.com",
      TargetIps: [{ Ip: "10.20.0.53", Port: "53" }],
    });
    template.hasResourceProperties("AWS::EC2::SecurityGroup", {
      GroupDescription: "DNS queries to the data centre",
      SecurityGroupEgress: dns,
    });
    // The rule that is made, and the one that is there.
    const associations = ofType(chosen.templates.network, "AWS::Route53Resolver::ResolverRuleAssociation");
    expect(associations.map(({ ResolverRuleId }) => ResolverRuleId)).toEqual([
      "rslvr-rr-0123456789abcdef0",
      { "Fn::GetAtt": [expect.stringMatching(/^Forwardcorp/), "ResolverRuleId"] },
    ]);
  });

  test("cost nothing where there are none", () => {
    network.resourceCountIs("AWS::Route53Resolver::ResolverEndpoint", 0);
  });

  test("in an existing VPC may be asked of its DNS servers, by all that runs there", async () => {
    const chosen = await synthesised((c) => {
      c.network = {
        vpc: "vpc-0123456789abcdef0",
        cidr: "10.0.0.0/16",
        availabilityZones: ["eu-central-1a", "eu-central-1b"],
        publicSubnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        privateSubnets: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
        dnsServers: ["10.20.0.53"],
      };
      c.instances.acme.listeners[1].trustedProxies = ["10.0.0.0/24"];
    });
    for (const [stack, GroupDescription] of [
      ["network", "Edge proxies"],
      ["route-api", "Route API"],
      ["sync", "Directory sync"],
    ] as const)
      chosen.template(stack).hasResourceProperties("AWS::EC2::SecurityGroup", {
        GroupDescription,
        SecurityGroupEgress: Match.arrayWith(dns),
      });
  });
});
