import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { createTable } from "../../../route-api/store/dynamodb/schema.ts";
import { ofType, synthesised } from "./support.ts";

const example = synthesised();

describe("the table of routes", () => {
  const data = example.template("data");

  test("is on demand, can be restored to any second, expires items, and cannot be deleted by mistake", () => {
    data.hasResource("AWS::DynamoDB::GlobalTable", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        TableName: "mmp-routes",
        BillingMode: "PAY_PER_REQUEST",
        TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
        Replicas: [
          {
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          },
        ],
      },
    });
  });

  test("has the keys that mmp itself would make", async () => {
    const made: Record<string, unknown>[] = [];
    const client = new DynamoDBClient({
      region: "local",
      credentials: { accessKeyId: "x", secretAccessKey: "x" },
    });
    client.send = (async ({ input }: { input: Record<string, unknown> }) => {
      made.push(input);
      return { Table: { TableStatus: "ACTIVE" } };
    }) as unknown as typeof client.send;
    await createTable(client, "mmp-routes");
    const [table = {}] = ofType(example.templates.data, "AWS::DynamoDB::GlobalTable");
    const [create, , ttl] = made;
    expect(create).toMatchObject({
      KeySchema: table.KeySchema,
      AttributeDefinitions: table.AttributeDefinitions,
      BillingMode: table.BillingMode,
    });
    expect(ttl).toMatchObject({ TimeToLiveSpecification: table.TimeToLiveSpecification });
  });

  test("has copies in other regions, each as safe", () => {
    const copied = synthesised((c) => {
      c.environment = { region: "eu-central-1" };
      c.data = { replicas: ["eu-west-1"], warmWritesPerSecond: 40_000 };
    });
    const safe = {
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    };
    copied.template("data").hasResourceProperties("AWS::DynamoDB::GlobalTable", {
      Replicas: Match.arrayWith([
        Match.objectLike({ Region: "eu-west-1", ...safe }),
        Match.objectLike({ Region: "eu-central-1", ...safe }),
      ]),
      WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 40_000 },
      StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
  });

  test("may be there already, under another name", () => {
    const restored = synthesised((c) => {
      c.data = { table: "mmp-routes-restored", existing: true };
    });
    expect(restored.templates.data).toBeUndefined();
    expect(JSON.stringify(restored.templates["route-api"])).toContain("table/mmp-routes-restored");
  });
});

describe("secrets", () => {
  const SECRET = "AWS::SecretsManager::Secret";
  const secrets = example.template("secrets");

  test("are made without a value where the operator has it, and stay", () => {
    secrets.hasResource(SECRET, {
      DeletionPolicy: "Retain",
      Properties: { Name: "mmp/tls", SecretString: Match.absent(), GenerateSecretString: Match.absent() },
    });
  });

  test("may be there already", () => {
    const arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/mail-tls-AbCdEf";
    const there = synthesised((c) => {
      c.secrets.tls.arn = arn;
    });
    const names = ofType(there.templates.secrets, SECRET).map(({ Name }) => Name);
    expect(names).not.toContain("mmp/tls");
    expect(JSON.stringify(there.templates.edge)).toContain(arn);
  });

  test("of the route API are made, and replaced every 30 days by a function that waits for the API", () => {
    secrets.hasResourceProperties(SECRET, {
      Name: "mmp/token-edge",
      GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true },
    });
    secrets.allResourcesProperties("AWS::SecretsManager::RotationSchedule", {
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotateImmediatelyOnUpdate: false,
    });
    secrets.hasResourceProperties("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Timeout: 900,
      Environment: { Variables: { WAIT_SECONDS: "156" } },
    });
    // What may call it is Secrets Manager, for these secrets.
    secrets.allResourcesProperties("AWS::Lambda::Permission", {
      Principal: "secretsmanager.amazonaws.com",
      SourceArn: Match.anyValue(),
    });
  });

  test("of no kind stand in a template", () => {
    for (const [stack, resources] of Object.entries(example.templates)) {
      const values = ofType(resources, SECRET).flatMap(({ Name, SecretString }) =>
        SecretString === undefined ? [] : [Name],
      );
      expect(values, stack).toEqual(values.filter((name) => String(name).startsWith("mmp/configuration-")));
    }
  });
});

describe("the route API", () => {
  const api = example.template("route-api");

  test("is behind an internal ALB with TLS 1.2 and newer, under its own name in the VPC", () => {
    api.hasResourceProperties("AWS::ElasticLoadBalancingV2::LoadBalancer", {
      Scheme: "internal",
      Type: "application",
    });
    api.hasResourceProperties("AWS::ElasticLoadBalancingV2::Listener", {
      Port: 443,
      Protocol: "HTTPS",
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    });
    api.hasResourceProperties("AWS::CertificateManager::Certificate", {
      DomainName: "routes.example.com",
      ValidationMethod: "DNS",
    });
    api.hasResourceProperties("AWS::Route53::HostedZone", {
      Name: "routes.example.com.",
      VPCs: Match.anyValue(),
    });
  });

  test("has time for a long poll of 55 seconds, and less than the API's 120", () => {
    const [balancer = {}] = ofType(
      example.templates["route-api"],
      "AWS::ElasticLoadBalancingV2::LoadBalancer",
    );
    expect(balancer.LoadBalancerAttributes).toContainEqual({
      Key: "idle_timeout.timeout_seconds",
      Value: "100",
    });
  });

  test("is scaled by CPU, and rolled back where it does not start", () => {
    api.hasResourceProperties("AWS::ECS::Service", {
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
      },
    });
    api.hasResourceProperties("AWS::ApplicationAutoScaling::ScalableTarget", {
      MinCapacity: 2,
      MaxCapacity: 10,
    });
    api.hasResourceProperties("AWS::ElasticLoadBalancingV2::TargetGroup", { HealthCheckPath: "/readyz" });
  });

  test("is a function instead, where that is asked for", () => {
    const chosen = synthesised((c) => {
      c.routeApi.run = "lambda";
    });
    const template = chosen.template("route-api");
    template.resourceCountIs("AWS::ECS::Service", 0);
    template.hasResourceProperties("AWS::Lambda::Function", {
      Handler: "lambda.handler",
      Runtime: "nodejs24.x",
      Environment: { Variables: { MMP_CONFIG: "/tmp/mmp/mmp.yaml" } },
    });
    template.hasResourceProperties("AWS::ElasticLoadBalancingV2::TargetGroup", { TargetType: "lambda" });
  });

  test("takes a certificate that is there", () => {
    const certificate =
      "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555";
    const chosen = synthesised((c) => {
      c.routeApi.certificate = certificate;
      c.routeApi.hostName = "routes.internal.test";
    });
    chosen.template("route-api").resourceCountIs("AWS::CertificateManager::Certificate", 0);
    chosen.template("route-api").hasResourceProperties("AWS::ElasticLoadBalancingV2::Listener", {
      Certificates: [{ CertificateArn: certificate }],
    });
  });
});

describe("the sync", () => {
  test("has a leader and another that waits for its lease", () => {
    example.template("sync").hasResourceProperties("AWS::ECS::Service", {
      DesiredCount: 2,
      DeploymentConfiguration: { MinimumHealthyPercent: 100 },
    });
  });

  test("is another task where its configuration is another, as the edge is not", () => {
    const definition = (stack: string, of = example) =>
      JSON.stringify(ofType(of.templates[stack], "AWS::ECS::TaskDefinition"));
    const changed = synthesised((c) => {
      c.directory.base = "dc=example,dc=org";
      c.stores["*"].imap.port = 143;
    });
    expect(definition("sync", changed)).not.toBe(definition("sync"));
    // It reloads: a deployment would end its sessions.
    expect(definition("edge", changed)).toBe(definition("edge"));
    expect(JSON.stringify(changed.templates.edge)).not.toBe(JSON.stringify(example.templates.edge));
  });
});
