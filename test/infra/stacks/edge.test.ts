import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { ofType, type Synthesised, synthesised } from "../synthesise.ts";

const example = await synthesised();
const fargate = await synthesised((c) => {
  c.sizes = { edge: { capacity: "fargate", drainSeconds: 100 } };
});
const edge = example.template("edge");
const cluster = example.template("cluster");
const SERVICE = "AWS::ECS::Service";
const TASK = "AWS::ECS::TaskDefinition";

type Container = {
  PortMappings: { ContainerPort: number; HostPort?: number }[];
  Environment: { Name: string; Value: unknown }[];
} & Record<string, unknown>;
const containers = (of: Synthesised, stack: string): Container[] =>
  ofType(of.templates[stack], TASK).flatMap(
    ({ ContainerDefinitions }) => ContainerDefinitions as Container[],
  );

describe("on hosts", () => {
  test("several tasks share one: bridge mode, dynamic ports", () => {
    edge.allResourcesProperties(TASK, { NetworkMode: "bridge" });
    const mapped = containers(example, "edge").map(({ PortMappings }) =>
      PortMappings.map(({ ContainerPort, HostPort }) => [ContainerPort, HostPort]),
    );
    expect(mapped).toEqual([
      [
        [1143, 0],
        [1993, 0],
        [1110, 0],
        [1995, 0],
      ],
      [
        [2143, 0],
        [2993, 0],
      ],
    ]);
  });

  test("spreads over zones, and fills hosts within one", () => {
    edge.allResourcesProperties(SERVICE, {
      PlacementStrategies: [
        { Field: "attribute:ecs.availability-zone", Type: "spread" },
        { Field: "MEMORY", Type: "binpack" },
      ],
      CapacityProviderStrategy: [{ CapacityProvider: Match.anyValue(), Weight: 1 }],
    });
  });

  test("a host that is to go drains first, and goes though tasks were on it", () => {
    cluster.hasResourceProperties("AWS::ECS::CapacityProvider", {
      AutoScalingGroupProvider: {
        ManagedDraining: "ENABLED",
        ManagedTerminationProtection: "DISABLED",
        ManagedScaling: { Status: "ENABLED", TargetCapacity: 90 },
      },
    });
    // ECS makes the life-cycle hook itself, and completes it when the tasks have ended; another would only add to it.
    cluster.resourceCountIs("AWS::AutoScaling::LifecycleHook", 0);
  });

  test("is Graviton by default, with an encrypted disk and no credentials for containers", () => {
    cluster.hasResourceProperties("AWS::EC2::LaunchTemplate", {
      LaunchTemplateData: {
        InstanceType: "m7g.large",
        MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
        BlockDeviceMappings: [{ Ebs: { Encrypted: true, VolumeType: "gp3" } }],
      },
    });
    cluster.hasParameter("*", { Default: Match.stringLikeRegexp("amazon-linux-2023/arm64") });
    cluster.hasResourceProperties("AWS::AutoScaling::AutoScalingGroup", { MinSize: "2", MaxSize: "8" });
  });

  test("takes x86 where it is asked for", async () => {
    const x86 = await synthesised((c) => {
      c.sizes = { edge: { architecture: "x86_64", instanceType: "c7i.large" } };
    });
    x86
      .template("cluster")
      .hasParameter("*", { Default: Match.stringLikeRegexp("amazon-linux-2023/recommended") });
    x86.template("sync").allResourcesProperties(TASK, { RuntimePlatform: { CpuArchitecture: "X86_64" } });
  });

  test("gives the edge's drain its time before it is killed", () => {
    for (const container of containers(example, "edge")) {
      expect(container).toMatchObject({
        StopTimeout: 910,
        Command: ["edge", "--instance", expect.anything(), "--drain-seconds", "900"],
      });
    }
  });
});

describe("on Fargate", () => {
  test("has a network interface a task, and drains within 120 seconds", () => {
    const template = fargate.template("edge");
    template.allResourcesProperties(TASK, {
      NetworkMode: "awsvpc",
      RequiresCompatibilities: ["FARGATE"],
      RuntimePlatform: { CpuArchitecture: "ARM64" },
    });
    template.allResourcesProperties(SERVICE, {
      LaunchType: "FARGATE",
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: "DISABLED" } },
    });
    for (const container of containers(fargate, "edge")) {
      expect(container.StopTimeout).toBe(110);
      for (const { ContainerPort, HostPort } of container.PortMappings)
        expect(HostPort ?? ContainerPort).toBe(ContainerPort);
    }
  });

  test("has no hosts, and no endpoints for their agents", () => {
    expect(ofType(fargate.templates.cluster, "AWS::AutoScaling::AutoScalingGroup")).toEqual([]);
    const count = (of: Synthesised) => ofType(of.templates.network, "AWS::EC2::VPCEndpoint").length;
    expect([count(example), count(fargate)]).toEqual([9, 6]);
  });

  test("opens the listeners' ports to the balancers, where hosts open Docker's", () => {
    const ranges = (of: Synthesised) => [
      ...new Set(
        ofType(of.templates.network, "AWS::EC2::SecurityGroupIngress")
          .filter(({ Description }) => /NLB/.test(String(Description)))
          .map(({ FromPort, ToPort }) => `${FromPort}-${ToPort}`),
      ),
    ];
    expect(ranges(example)).toEqual(["32768-65535"]);
    expect(ranges(fargate)).toEqual([
      "1143-1143",
      "1993-1993",
      "1110-1110",
      "1995-1995",
      "2143-2143",
      "2993-2993",
    ]);
  });
});

describe.each([
  ["hosts", example],
  ["Fargate", fargate],
] as const)("a service of the edge on %s", (_, of) => {
  test("has at most five target groups", () => {
    for (const { LoadBalancers } of ofType(of.templates.edge, SERVICE))
      expect((LoadBalancers as object[]).length).toBeLessThanOrEqual(5);
  });

  test("rolls back a deployment that fails, never has fewer tasks meanwhile, and stops none to even out zones", () => {
    of.template("edge").allResourcesProperties(SERVICE, {
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      AvailabilityZoneRebalancing: "DISABLED",
      DesiredCount: Match.absent(),
    });
  });

  test("scales by sessions and CPU, out soon and in late", () => {
    const policies = ofType(of.templates.edge, "AWS::ApplicationAutoScaling::ScalingPolicy").map(
      ({ TargetTrackingScalingPolicyConfiguration: policy }) => policy,
    );
    expect(policies.slice(0, 2)).toEqual([
      expect.objectContaining({
        PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
        TargetValue: 60,
        ScaleOutCooldown: 60,
        ScaleInCooldown: 1800,
      }),
      expect.objectContaining({
        CustomizedMetricSpecification: {
          Namespace: "mmp",
          MetricName: "Sessions",
          Dimensions: [{ Name: "Instance", Value: "main" }],
          Statistic: "Average",
        },
        TargetValue: 10_000,
        ScaleInCooldown: 1800,
      }),
    ]);
    of.template("edge").allResourcesProperties("AWS::ApplicationAutoScaling::ScalableTarget", {
      MinCapacity: 4,
      MaxCapacity: 32,
    });
  });
});

describe.each(["edge", "route-api", "sync"])("a container of %s", (stack) => {
  test("is not root, can write nothing but memory, and has no capability", () => {
    for (const container of containers(example, stack)) {
      expect(container).toMatchObject({
        User: "65532:65532",
        ReadonlyRootFilesystem: true,
        Privileged: false,
        LinuxParameters: { Capabilities: { Drop: ["ALL"] } },
      });
    }
  });

  test("finds its configuration in memory, and holds no secret", () => {
    for (const { Environment, Secrets } of containers(example, stack)) {
      expect(Environment).toContainEqual({ Name: "MMP_CONFIG", Value: "/dev/shm/mmp/mmp.yaml" });
      expect(Environment.map(({ Name }) => Name).filter((name) => /PASSWORD|TOKEN|KEY/.test(name))).toEqual(
        [],
      );
      expect(Secrets).toBeUndefined();
    }
  });

  test("runs the image by its digest", () => {
    for (const { Image } of containers(example, stack))
      expect(JSON.stringify(Image)).toMatch(/mmp@sha256:0{64}/);
  });

  test("rather loses log lines than logins", () => {
    for (const { LogConfiguration } of containers(example, stack)) {
      expect(LogConfiguration).toMatchObject({
        LogDriver: "awslogs",
        Options: { mode: "non-blocking", "max-buffer-size": "26214400b" },
      });
    }
  });
});
