import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { ofType, type Synthesised, synthesised } from "../synthesise.ts";
import { variant } from "../variants.ts";

const example = await synthesised();
const fargate = await synthesised((c) => {
  c.sizes = { edge: { capacity: "fargate", drainSeconds: 100 } };
});
const SERVICE = "AWS::ECS::Service";
const TASK = "AWS::ECS::TaskDefinition";
const LISTENER = "AWS::ElasticLoadBalancingV2::Listener";
const TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup";
const STACKS = ["edge-main", "edge-acme"];

type Container = {
  PortMappings: { ContainerPort: number; HostPort?: number }[];
  Environment: { Name: string; Value: unknown }[];
} & Record<string, unknown>;
const containers = (of: Synthesised, stack: string): Container[] =>
  ofType(of.templates[stack], TASK).flatMap(
    ({ ContainerDefinitions }) => ContainerDefinitions as Container[],
  );
const ofEdges = (of: Synthesised, type: string) =>
  STACKS.flatMap((stack) => ofType(of.templates[stack], type));

describe("on hosts", () => {
  test("several tasks share one: bridge mode, dynamic ports", () => {
    for (const stack of STACKS)
      example.template(stack).allResourcesProperties(TASK, { NetworkMode: "bridge" });
    const mapped = STACKS.flatMap((stack) => containers(example, stack)).map(({ PortMappings }) =>
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
    example.template("edge-main").allResourcesProperties(SERVICE, {
      PlacementStrategies: [
        { Field: "attribute:ecs.availability-zone", Type: "spread" },
        { Field: "MEMORY", Type: "binpack" },
      ],
      CapacityProviderStrategy: [{ CapacityProvider: Match.anyValue(), Weight: 1 }],
    });
  });

  test("has a queue of connections, and ports for those to stores, in each container's own network", () => {
    for (const { SystemControls } of containers(example, "edge-main"))
      expect(SystemControls).toEqual([
        { Namespace: "net.ipv4.ip_local_port_range", Value: "10240 65535" },
        { Namespace: "net.core.somaxconn", Value: "65535" },
      ]);
  });

  test("replaces a task only after minutes without an answer", () => {
    for (const { HealthCheck } of containers(example, "edge-main"))
      expect(HealthCheck).toMatchObject({ Interval: 30, Timeout: 20, Retries: 5, StartPeriod: 60 });
  });

  test("saves routes on a volume of the host that outlives the task, one of each service", () => {
    const volumes = ofEdges(example, TASK).map(({ Volumes }) => Volumes);
    const shared = { Autoprovision: true, Driver: "local", Scope: "shared" };
    expect(volumes).toEqual([
      [{ Name: "mmp-main-routes", DockerVolumeConfiguration: shared }],
      [{ Name: "mmp-acme-routes", DockerVolumeConfiguration: shared }],
    ]);
    const mounts = STACKS.flatMap((stack) => containers(example, stack)).map(
      ({ MountPoints }) => MountPoints,
    );
    expect(mounts).toEqual(
      ["main", "acme"].map((name) => [
        { ContainerPath: "/var/lib/mmp", ReadOnly: false, SourceVolume: `mmp-${name}-routes` },
      ]),
    );
  });

  test("gives the edge's drain its time before it is killed", () => {
    for (const container of containers(example, "edge-main")) {
      expect(container).toMatchObject({
        StopTimeout: 910,
        Command: ["edge", "--instance", "main", "--drain-seconds", "900"],
      });
    }
  });
});

describe("on Fargate", () => {
  test("nothing outlives a task, and nothing is saved", () => {
    for (const { Volumes } of ofEdges(fargate, TASK)) expect(Volumes).toBeUndefined();
  });

  test("has a network interface a task, and drains within 120 seconds", () => {
    const template = fargate.template("edge-main");
    template.allResourcesProperties(TASK, {
      NetworkMode: "awsvpc",
      RequiresCompatibilities: ["FARGATE"],
      RuntimePlatform: { CpuArchitecture: "ARM64" },
    });
    template.allResourcesProperties(SERVICE, {
      LaunchType: "FARGATE",
      NetworkConfiguration: {
        AwsvpcConfiguration: { AssignPublicIp: "DISABLED", SecurityGroups: Match.anyValue() },
      },
    });
    for (const container of containers(fargate, "edge-main")) {
      expect(container.StopTimeout).toBe(110);
      for (const { ContainerPort, HostPort } of container.PortMappings)
        expect(HostPort ?? ContainerPort).toBe(ContainerPort);
    }
  });

  test("opens the listeners' ports to the balancers that lead to them", () => {
    const ranges = ofType(fargate.templates["edge-main"], "AWS::EC2::SecurityGroupIngress").map(
      ({ FromPort, ToPort, Description }) => `${FromPort}-${ToPort} ${Description}`,
    );
    expect(ranges).toEqual([
      "1143-1143 From NLB main",
      "1993-1993 From NLB main",
      "1110-1110 From NLB main",
      "1995-1995 From NLB main",
    ]);
  });

  test("can be the choice of one instance", async () => {
    const mixed = await synthesised((c) => {
      c.sizes = {
        instances: { acme: { capacity: "fargate", drainSeconds: 100, tasks: { min: 2, max: 3 } } },
      };
    });
    mixed.template("edge-main").allResourcesProperties(TASK, { NetworkMode: "bridge" });
    mixed.template("edge-acme").allResourcesProperties(TASK, { NetworkMode: "awsvpc" });
    mixed.template("edge-acme").hasResourceProperties("AWS::ApplicationAutoScaling::ScalableTarget", {
      MinCapacity: 2,
      MaxCapacity: 3,
    });
    // The hosts' balancers are those of the other instance.
    const admitted = ofType(mixed.templates.hosts, "AWS::EC2::SecurityGroupIngress");
    expect(admitted.map(({ Description }) => Description)).toEqual(["From NLB main"]);
  });
});

describe("a listener of an NLB", () => {
  test("takes TCP and leaves a silent connection alone for 6,000 seconds", () => {
    for (const listener of ofEdges(example, LISTENER))
      expect(listener).toMatchObject({
        Protocol: "TCP",
        ListenerAttributes: [{ Key: "tcp.idle_timeout.seconds", Value: "6000" }],
      });
    expect(ofEdges(example, LISTENER).map(({ Port }) => Port)).toEqual([143, 993, 110, 995, 143, 993]);
  });

  test("is there before the service, which ECS would refuse else", () => {
    const resources = Object.entries(example.templates["edge-main"] ?? {});
    const listeners = resources.filter(([, { Type }]) => Type === LISTENER).map(([id]) => id);
    const [service] = resources.filter(([, { Type }]) => Type === SERVICE);
    expect(service?.[1].DependsOn).toEqual(expect.arrayContaining(listeners));
  });
});

describe("a target group", () => {
  type Attributes = { Key: string; Value: string }[];
  const attribute = (group: Record<string, unknown>, key: string): string | undefined =>
    (group.TargetGroupAttributes as Attributes).find(({ Key }) => Key === key)?.Value;

  test("keeps the sessions of an edge that fails its health check, or goes", () => {
    for (const group of ofEdges(example, TARGETS)) {
      const value = (key: string) => attribute(group, key);
      expect(value("target_health_state.unhealthy.connection_termination.enabled")).toBe("false");
      expect(value("target_health_state.unhealthy.draining_interval_seconds")).toBe("300");
      expect(value("deregistration_delay.connection_termination.enabled")).toBe("false");
      expect(value("deregistration_delay.timeout_seconds")).toBe("300");
    }
  });

  test("preserves the client's address, and sends a PROXY header only where it is asked for", () => {
    const settings = ofEdges(example, TARGETS).map((group) => [
      group.Port,
      attribute(group, "preserve_client_ip.enabled"),
      attribute(group, "proxy_protocol_v2.enabled"),
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
    ["hosts", example, "instance"],
    ["Fargate", fargate, "ip"],
  ] as const)("has targets on %s, and asks them by TCP", (_, of, type) => {
    for (const group of ofEdges(of, TARGETS)) {
      expect(group).toMatchObject({
        TargetType: type,
        Protocol: "TCP",
        HealthCheckProtocol: "TCP",
        HealthCheckIntervalSeconds: 10,
        UnhealthyThresholdCount: 6,
      });
      expect(attribute(group, "preserve_client_ip.enabled")).toBe(group.Port === 2993 ? "false" : "true");
    }
  });
});

describe.each([
  ["hosts", example],
  ["Fargate", fargate],
] as const)("a service of the edge on %s", (_, of) => {
  test("has at most five target groups", () => {
    for (const { LoadBalancers } of ofEdges(of, SERVICE))
      expect((LoadBalancers as object[]).length).toBeLessThanOrEqual(5);
  });

  test("rolls back a deployment that fails, never has fewer tasks meanwhile, and stops none to even out zones", () => {
    of.template("edge-main").allResourcesProperties(SERVICE, {
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
    const policies = ofType(of.templates["edge-main"], "AWS::ApplicationAutoScaling::ScalingPolicy").map(
      ({ TargetTrackingScalingPolicyConfiguration: policy }) => policy,
    );
    expect(policies).toEqual([
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
    of.template("edge-main").allResourcesProperties("AWS::ApplicationAutoScaling::ScalableTarget", {
      MinCapacity: 4,
      MaxCapacity: 32,
    });
  });
});

describe.each([...STACKS, "route-api", "sync"])("a container of %s", (stack) => {
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

  test("finds its own configuration in a secret, and holds none", () => {
    for (const { Environment, Secrets } of containers(example, stack)) {
      expect(Environment).toContainEqual({ Name: "MMP_CONFIG", Value: "/dev/shm/mmp/mmp.yaml" });
      expect(Environment).toContainEqual({ Name: "MMP_SECRETS", Value: `mmp/configuration-${stack}` });
      expect(Environment.map(({ Name }) => Name).filter((name) => /PASSWORD|TOKEN|KEY/.test(name))).toEqual(
        [],
      );
      expect(Secrets).toBeUndefined();
    }
  });

  test("runs the image of the account's registry", () => {
    for (const { Image } of containers(example, stack)) {
      const [, parts] = (Image as { "Fn::Join": [string, unknown[]] })["Fn::Join"];
      expect(parts).toEqual([
        { Ref: "AWS::AccountId" },
        ".dkr.ecr.",
        { Ref: "AWS::Region" },
        ".",
        { Ref: "AWS::URLSuffix" },
        "/mmp:1",
      ]);
    }
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

test("ECS Exec is off, and where it is on its agent can be put into the container", async () => {
  const open = await variant("an existing VPC without public subnets or endpoints, ways in, bounds");
  for (const stack of [...STACKS, "route-api", "sync"]) {
    for (const { EnableExecuteCommand } of ofType(example.templates[stack], SERVICE))
      expect(EnableExecuteCommand ?? false).toBe(false);
    open.template(stack).allResourcesProperties(SERVICE, { EnableExecuteCommand: true });
    for (const { ReadonlyRootFilesystem } of containers(open, stack))
      expect(ReadonlyRootFilesystem).toBe(false);
    expect(JSON.stringify(ofType(open.templates[stack], "AWS::IAM::Policy"))).toContain(
      "ssmmessages:OpenDataChannel",
    );
  }
});

test("tasks may be more at set times", async () => {
  const scheduled = await variant(
    "several instances, one on Fargate, one of six ports, keys and machines of the operator",
  );
  for (const stack of STACKS)
    scheduled.template(stack).allResourcesProperties("AWS::ApplicationAutoScaling::ScalableTarget", {
      ScheduledActions: [
        {
          Schedule: "cron(0 7 ? * MON-FRI *)",
          Timezone: "Europe/Berlin",
          ScalableTargetAction: { MinCapacity: 8 },
        },
      ],
    });
});

test("every role has the operator's bounds, every stack the tags, and the CDK's bootstrap is the operator's", async () => {
  const bounded = await variant("an existing VPC without public subnets or endpoints, ways in, bounds");
  const roles = Object.values(bounded.templates).flatMap((resources) => ofType(resources, "AWS::IAM::Role"));
  expect(roles.length).toBeGreaterThan(8);
  for (const { PermissionsBoundary } of roles)
    expect(JSON.stringify(PermissionsBoundary)).toContain(":policy/corp-boundary");
  for (const { assumeRoleArn, tags } of bounded.assembly.stacks) {
    expect(assumeRoleArn).toContain("cdk-mail1-deploy-role");
    // CloudFormation gives a stack's tags to its resources.
    expect(tags).toEqual({ application: "mmp", "cost-centre": "4711" });
  }
});

test("an image of another account's registry is pulled with rights to its repository alone", async () => {
  const digest = `sha256:${"ab".repeat(32)}`;
  const other = await synthesised((c) => {
    c.environment = { account: "444455556666", region: "eu-central-1" };
    c.image = { uri: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/mail/mmp@${digest}` };
  });
  for (const { Image } of containers(other, "edge-main"))
    expect(Image).toBe(`111122223333.dkr.ecr.eu-central-1.amazonaws.com/mail/mmp@${digest}`);
  const roles = JSON.stringify(ofType(other.templates["edge-main"], "AWS::IAM::Role"));
  expect(roles).toContain(":ecr:eu-central-1:111122223333:repository/mail/mmp");
});
