import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { ofType, synthesised } from "../synthesise.ts";
import { variant } from "../variants.ts";

const example = await synthesised();
const hosts = example.template("hosts");

describe("hosts", () => {
  test("go when they are empty, and drain where they are replaced", () => {
    hosts.hasResourceProperties("AWS::ECS::CapacityProvider", {
      AutoScalingGroupProvider: {
        ManagedDraining: "ENABLED",
        ManagedTerminationProtection: "ENABLED",
        ManagedScaling: { Status: "ENABLED", TargetCapacity: 90 },
      },
    });
    hosts.hasResourceProperties("AWS::AutoScaling::AutoScalingGroup", {
      NewInstancesProtectedFromScaleIn: true,
    });
    // ECS makes the lifecycle hook itself, and completes it when the tasks have ended; another would only add to it.
    hosts.resourceCountIs("AWS::AutoScaling::LifecycleHook", 0);
  });

  test("are not ended to even out the zones", () => {
    hosts.hasResourceProperties("Custom::SuspendedRebalancing", {
      AutoScalingGroupName: { Ref: Match.stringLikeRegexp("Hosts") },
    });
  });

  test("are Graviton by default, with an encrypted disk and no credentials for containers", () => {
    hosts.hasResourceProperties("AWS::EC2::LaunchTemplate", {
      LaunchTemplateData: {
        InstanceType: "m7g.large",
        MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [{ Ebs: { Encrypted: true, VolumeType: "gp3" } }],
      },
    });
    hosts.hasParameter("*", { Default: Match.stringLikeRegexp("amazon-linux-2023/arm64") });
    hosts.hasResourceProperties("AWS::AutoScaling::AutoScalingGroup", { MinSize: "2", MaxSize: "20" });
  });

  test("may be of the operator's own AMI and of several types, on demand alone, with a larger disk under a key", async () => {
    const own = (
      await variant("several instances, one on Fargate, one of six ports, keys and machines of the operator")
    ).template("hosts");
    own.hasResourceProperties("AWS::EC2::LaunchTemplate", {
      LaunchTemplateData: {
        ImageId: "ami-0123456789abcdef0",
        BlockDeviceMappings: [
          { Ebs: { VolumeSize: 50, Encrypted: true, KmsKeyId: Match.stringLikeRegexp("^arn:aws:kms:") } },
        ],
      },
    });
    own.hasResourceProperties("AWS::AutoScaling::AutoScalingGroup", {
      LaunchTemplate: Match.absent(),
      MixedInstancesPolicy: {
        InstancesDistribution: {
          OnDemandAllocationStrategy: "prioritized",
          OnDemandPercentageAboveBaseCapacity: 100,
        },
        LaunchTemplate: {
          Overrides: ["m7g.large", "m6g.large", "c7g.xlarge"].map((InstanceType) => ({ InstanceType })),
        },
      },
    });
  });

  test("may be of an AMI that a parameter holds, looked up at each deployment", async () => {
    const own = await synthesised((c) => {
      c.sizes = { edge: { ami: "/corp/ami/ecs-arm64" } };
    });
    own.template("hosts").hasParameter("*", {
      Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
      Default: "/corp/ami/ecs-arm64",
    });
  });

  test("admit nobody to a shell, unless it is said", async () => {
    expect(JSON.stringify(example.templates)).not.toContain("ssmmessages");
    const open = await variant("an existing VPC without public subnets or endpoints, ways in, bounds");
    expect(JSON.stringify(ofType(open.templates.hosts, "AWS::IAM::Role"))).toContain(
      "ssmmessages:OpenControlChannel",
    );
    expect(JSON.stringify(ofType(open.templates.hosts, "AWS::EC2::LaunchTemplate"))).toContain(
      "systemctl enable --now amazon-ssm-agent",
    );
    const services = ["network", "hosts"].flatMap((stack) =>
      ofType(open.templates[stack], "AWS::EC2::VPCEndpoint").map(({ ServiceName }) =>
        JSON.stringify(ServiceName),
      ),
    );
    expect(services.filter((name) => name.includes(".ssm"))).toHaveLength(2);
  });

  test("have the operator's own security groups beside them", async () => {
    const own = await variant("an existing VPC without public subnets or endpoints, ways in, bounds");
    const [template = {}] = ofType(own.templates.hosts, "AWS::EC2::LaunchTemplate");
    expect((template.LaunchTemplateData as Record<string, unknown>).SecurityGroupIds).toEqual([
      expect.anything(),
      expect.anything(),
      "sg-0123456789abcdef1",
    ]);
    own.template("load-balancers").allResourcesProperties("AWS::ElasticLoadBalancingV2::LoadBalancer", {
      SecurityGroups: [Match.anyValue(), "sg-0123456789abcdef0"],
    });
    for (const stack of ["route-api", "sync"])
      own.template(stack).hasResourceProperties("AWS::ECS::Service", {
        NetworkConfiguration: {
          AwsvpcConfiguration: { SecurityGroups: [Match.anyValue(), "sg-0123456789abcdef2"] },
        },
      });
  });

  test("report connections that AWS's tracking refuses", () => {
    const [template = {}] = ofType(example.templates.hosts, "AWS::EC2::LaunchTemplate");
    const script = JSON.stringify(template);
    expect(script).toContain("dnf install --assumeyes amazon-cloudwatch-agent");
    expect(script).toContain("conntrack_allowance_exceeded");
  });

  test("join the cluster", () => {
    const [template = {}] = ofType(example.templates.hosts, "AWS::EC2::LaunchTemplate");
    expect(JSON.stringify(template)).toContain("echo ECS_CLUSTER=mmp >> /etc/ecs/ecs.config");
    hosts.hasResourceProperties("AWS::ECS::ClusterCapacityProviderAssociations", { Cluster: "mmp" });
  });

  test("are x86 where it is asked for", async () => {
    const x86 = await synthesised((c) => {
      c.sizes = { edge: { architecture: "x86_64", instanceType: "m7i.large" } };
    });
    x86
      .template("hosts")
      .hasParameter("*", { Default: Match.stringLikeRegexp("amazon-linux-2023/recommended") });
    x86.template("sync").allResourcesProperties("AWS::ECS::TaskDefinition", {
      RuntimePlatform: { CpuArchitecture: "X86_64" },
    });
  });

  test("open Docker's ports to the balancers, and no others", () => {
    const rules = ofType(example.templates.hosts, "AWS::EC2::SecurityGroupIngress");
    expect(rules.map(({ FromPort, ToPort, Description }) => `${FromPort}-${ToPort} ${Description}`)).toEqual([
      "32768-65535 From NLB main",
      "32768-65535 From NLB acme",
    ]);
    expect(ofType(example.templates.hosts, "AWS::EC2::SecurityGroup")).toEqual([
      expect.not.objectContaining({ SecurityGroupIngress: expect.anything() }),
    ]);
  });

  test("bring the endpoints of their agents", () => {
    const services = ofType(example.templates.hosts, "AWS::EC2::VPCEndpoint").map(
      ({ ServiceName }) => /([a-z0-9.-]+)"[\]}]*$/.exec(JSON.stringify(ServiceName))?.[1],
    );
    expect(services).toEqual([".ecs", ".ecs-agent", ".ecs-telemetry", ".monitoring"]);
  });

  test("are not there where every edge is on Fargate", async () => {
    const fargate = await synthesised((c) => {
      c.sizes = { edge: { capacity: "fargate", drainSeconds: 100 } };
    });
    expect(fargate.templates.hosts).toBeUndefined();
  });
});
