import { createPrivateKey, X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import {
  DescribeContinuousBackupsCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { fetchConfiguration } from "../../bin/secret-files/fetch.ts";
import { openStore } from "../../route-api/store/open.ts";
import { put } from "../support/writes.ts";
import { entryOf } from "../unit/route-api/http/support.ts";
import { EMULATED_REGION, type Emulator, moto, startEmulator } from "./emulation/emulator.ts";
import { call, type ExportEvent, exporter } from "./emulation/exporter.ts";
import { synthesised } from "./synthesise.ts";

if ("missing" in moto) console.log(`The emulated deployment is left out: ${moto.missing}`);

/** Each behind those that it needs. */
const STACKS = [
  ...["secrets", "data", "network", "cluster", "load-balancers", "hosts", "route-api", "sync"],
  ...["edge-main", "edge-acme"],
];

describe.skipIf("missing" in moto)("deployed to moto", () => {
  let emulator: Emulator;
  let endpoint: string;
  const credentials = { accessKeyId: "x", secretAccessKey: "x" };
  const region = EMULATED_REGION;

  beforeAll(async () => {
    const issued = await synthesised((c) => {
      c.secrets.tls.acm = { hostNames: ["mail.example.com"] };
    });
    emulator = await startEmulator(issued.assembly.directory, STACKS);
    ({ endpoint } = emulator);
  });
  afterAll(() => {
    emulator?.stop();
    // Test files share a process.
    vi.unstubAllEnvs();
  });

  test("every resource can be made from what stands in its template", () => {
    expect(emulator.report.failed).toEqual([]);
    expect(emulator.report.made).toMatchObject({
      "AWS::DynamoDB::GlobalTable": 1,
      "AWS::SecretsManager::Secret": 10,
      "AWS::EC2::SecurityGroup": 8,
      "AWS::ElasticLoadBalancingV2::Listener": 7,
      "AWS::ECS::Service": 4,
      "AWS::ApplicationAutoScaling::ScalingPolicy": 5,
      "AWS::CertificateManager::Certificate": 2,
      "AWS::Events::Rule": 1,
    });
  });

  test("but these, which are not emulated", () => {
    expect(Object.keys(emulator.report.left).sort()).toEqual([
      "AWS::Route53::HostedZone",
      "AWS::Route53::RecordSet",
      "AWS::SecretsManager::RotationSchedule",
      "Custom::ExportedCertificate",
      "Custom::SuspendedRebalancing",
    ]);
  });

  test("the table serves mmp's route store, and is as safe as its template says", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "x").stubEnv("AWS_SECRET_ACCESS_KEY", "x");
    const store = openStore({ dynamodb: { table: "mmp-routes", region, endpoint } });
    await store.ready();
    await put(store, [entryOf("alice")]);
    expect(await store.find("alice@example.com", "consistent")).toMatchObject({
      is: "found",
      entry: { uuid: "uuid-alice" },
    });
    await store.close();
    const client = new DynamoDBClient({ endpoint, region, credentials });
    const { TimeToLiveDescription } = await client.send(
      new DescribeTimeToLiveCommand({ TableName: "mmp-routes" }),
    );
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: "expires", TimeToLiveStatus: "ENABLED" });
    const { ContinuousBackupsDescription } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName: "mmp-routes" }),
    );
    expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe(
      "ENABLED",
    );
  });

  describe("secrets", () => {
    let client: SecretsManagerClient;
    beforeAll(() => {
      client = new SecretsManagerClient({ endpoint, region, credentials });
    });
    const value = async (SecretId: string, VersionStage = "AWSCURRENT") =>
      (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString ?? "";

    test("hold each part's configuration, a token, and nothing where the operator has yet to put it", async () => {
      expect(JSON.parse(await value("mmp/configuration-edge-main"))).toMatchObject({
        files: { "mmp.yaml": expect.stringContaining("instances:") },
        secrets: expect.arrayContaining([expect.objectContaining({ secret: "mmp/tls" })]),
      });
      expect(await value("mmp/token-edge")).toMatch(/^[A-Za-z0-9]{48}$/);
      await expect(value("mmp/store-admin")).rejects.toThrow(ResourceNotFoundException);
    });

    test("a certificate that ACM has issued comes with its key, and again once it is another", async () => {
      vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint).stubEnv("AWS_REGION", region);
      const { handler, answers, stop } = await exporter(endpoint);
      onTestFinished(stop);
      const schedules = await call(endpoint, "events", "AWSEvents.ListRules", {});
      const [schedule] = schedules.Rules as { Name: string }[];
      const { Targets } = await call(endpoint, "events", "AWSEvents.ListTargetsByRule", {
        Rule: schedule?.Name,
      });
      const event = JSON.parse((Targets as { Input: string }[])[0]?.Input ?? "") as ExportEvent;
      expect(event).toMatchObject({ SecretId: "mmp/tls" });

      // CloudFormation's call, before any edge starts: edges read the value as their configuration says.
      await handler({ ...answers, RequestType: "Create", ResourceProperties: event });
      expect(answers.received).toMatchObject([{ Status: "SUCCESS", PhysicalResourceId: "mmp/tls" }]);
      const { secrets, failures } = await fetchConfiguration("mmp/configuration-edge-main", async (secret) =>
        secret === "mmp/store-admin" ? "x" : value(secret),
      );
      expect(failures).toEqual([]);
      const files = new Map(secrets.flatMap((secret) => [...secret.files]));
      const certificate = new X509Certificate(files.get("secrets/tls.crt") ?? "");
      expect(certificate.subjectAltName).toContain("DNS:mail.example.com");
      expect(certificate.checkPrivateKey(createPrivateKey(files.get("secrets/tls.key") ?? ""))).toBe(true);

      // The daily call changes nothing until the certificate is another.
      const before = await value("mmp/tls");
      await handler(event);
      expect(await value("mmp/tls")).toBe(before);
      const renewed = await call(endpoint, "acm", "CertificateManager.RequestCertificate", {
        DomainName: "mail.example.com",
        Options: { Export: "ENABLED" },
      });
      await handler({ ...event, CertificateArn: String(renewed.CertificateArn) });
      expect(await value("mmp/tls")).not.toBe(before);
    });

    test("a certificate that cannot be exported fails the deployment, and leaves the secret as it is", async () => {
      const { handler, answers, stop } = await exporter(endpoint);
      onTestFinished(stop);
      const before = await value("mmp/tls");
      const { CertificateArn } = await call(endpoint, "acm", "CertificateManager.RequestCertificate", {
        DomainName: "other.example.com",
      });
      const ResourceProperties = { CertificateArn: String(CertificateArn), SecretId: "mmp/tls" };
      await handler({ ...answers, RequestType: "Update", ResourceProperties });
      await handler({ ...answers, RequestType: "Delete", ResourceProperties });
      expect(answers.received).toMatchObject([{ Status: "FAILED" }, { Status: "SUCCESS" }]);
      expect(await value("mmp/tls")).toBe(before);
    });

    test("a token is replaced in steps: pending first, and the old one ends a while after", async () => {
      vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint);
      vi.stubEnv("AWS_REGION", region).stubEnv("WAIT_SECONDS", "0").stubEnv("REVOKE_SECONDS", "3");
      const { handler } = createRequire(import.meta.url)("../../infra/functions/rotate-token.cjs") as {
        handler(event: { Step: string; SecretId: string; ClientRequestToken: string }): Promise<void>;
      };
      const ClientRequestToken = "11111111-2222-3333-4444-555555555555";
      const step = (Step: string) => handler({ Step, SecretId: "mmp/token-edge", ClientRequestToken });
      const old = await value("mmp/token-edge");
      // Secrets Manager tries a step again where it does not know how the last try ended.
      for (const name of ["createSecret", "createSecret", "setSecret", "testSecret"]) await step(name);
      const next = await value("mmp/token-edge", "AWSPENDING");
      expect(next).toMatch(/^[A-Za-z0-9_-]{48}$/);
      expect(await value("mmp/token-edge")).toBe(old);
      const finished = step("finishSecret");
      // Edges that have not looked yet are still admitted.
      await expect.poll(() => value("mmp/token-edge")).toBe(next);
      expect(await value("mmp/token-edge", "AWSPREVIOUS")).toBe(old);
      await finished;
      vi.stubEnv("REVOKE_SECONDS", "0");
      await step("finishSecret");
      expect(await value("mmp/token-edge")).toBe(next);
      await expect(value("mmp/token-edge", "AWSPREVIOUS")).rejects.toThrow(ResourceNotFoundException);
      const { VersionIdsToStages } = await client.send(
        new DescribeSecretCommand({ SecretId: "mmp/token-edge" }),
      );
      expect(VersionIdsToStages?.[ClientRequestToken]).toContain("AWSCURRENT");
    });
  });
});
