import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ofType, synthesised } from "../synthesise.ts";
import { VARIANTS, variant } from "../variants.ts";

const example = await synthesised();

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

  test("gets requests and health checks over TLS, with a certificate that its tasks make", () => {
    api.hasResourceProperties("AWS::ElasticLoadBalancingV2::TargetGroup", {
      TargetType: "ip",
      Port: 8443,
      Protocol: "HTTPS",
      HealthCheckProtocol: "HTTPS",
    });
    api.hasResourceProperties("AWS::ECS::TaskDefinition", {
      ContainerDefinitions: [Match.objectLike({ PortMappings: [Match.objectLike({ ContainerPort: 8443 })] })],
    });
    const [secret = {}] = ofType(example.templates["route-api"], "AWS::SecretsManager::Secret");
    const { files } = JSON.parse(String(secret.SecretString)) as { files: Record<string, string> };
    expect(parse(files["mmp.yaml"] ?? "").routeApi).toMatchObject({
      listen: "0.0.0.0:8443",
      selfSigned: true,
    });
  });

  test.each(Object.keys(VARIANTS))("%s: no load balancer speaks HTTP in clear", async (name) => {
    const { templates } = await variant(name);
    const protocols = Object.values(templates).flatMap((resources) =>
      ["Listener", "TargetGroup"].flatMap((type) =>
        ofType(resources, `AWS::ElasticLoadBalancingV2::${type}`).map(({ Protocol }) => Protocol),
      ),
    );
    expect(protocols).toContain("HTTPS");
    expect(protocols).not.toContain("HTTP");
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

  test("is a function instead, where that is asked for", async () => {
    const chosen = await synthesised((c) => {
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

  test("with as many tokens as there may be stays within AWS's sizes of environments and policies", async () => {
    const chosen = await synthesised((c) => {
      c.routeApi.run = "lambda";
      c.routeApi.tokens = Array.from({ length: 40 }, (_, index) => ({
        name: `${"t".repeat(30)}${index}`,
        scopes: ["support"],
      }));
    });
    const [{ Environment } = {}] = ofType(chosen.templates["route-api"], "AWS::Lambda::Function");
    expect(JSON.stringify(Environment).length).toBeLessThan(4096);
    for (const stack of ["route-api", "secrets"]) {
      const policies = [
        ...ofType(chosen.templates[stack], "AWS::IAM::Policy").map(({ PolicyDocument }) => PolicyDocument),
        ...ofType(chosen.templates[stack], "AWS::IAM::Role").map(({ Policies }) => Policies ?? {}),
      ];
      // References stand for ARNs of about the same length.
      for (const policy of policies) expect(JSON.stringify(policy).length).toBeLessThan(10_240);
    }
  });

  test("takes a certificate that is there", async () => {
    const certificate =
      "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555";
    const chosen = await synthesised((c) => {
      c.routeApi.certificate = certificate;
      c.routeApi.hostName = "routes.internal.test";
    });
    chosen.template("route-api").resourceCountIs("AWS::CertificateManager::Certificate", 0);
    chosen.template("route-api").hasResourceProperties("AWS::ElasticLoadBalancingV2::Listener", {
      Certificates: [{ CertificateArn: certificate }],
    });
  });
});
