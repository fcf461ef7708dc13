import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { ofType, synthesised } from "../synthesise.ts";

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
