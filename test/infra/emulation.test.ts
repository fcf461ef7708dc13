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
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openStore } from "../../route-api/store/open.ts";
import { put } from "../support/writes.ts";
import { entryOf } from "../unit/route-api/http/support.ts";
import { EMULATED_REGION, type Emulator, moto, startEmulator } from "./emulation/emulator.ts";
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
    emulator = await startEmulator((await synthesised()).assembly.directory, STACKS);
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
    });
  });

  test("but these, which are not emulated", () => {
    expect(Object.keys(emulator.report.left).sort()).toEqual([
      "AWS::Route53::HostedZone",
      "AWS::Route53::RecordSet",
      "AWS::SecretsManager::RotationSchedule",
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
      await expect(value("mmp/tls")).rejects.toThrow(ResourceNotFoundException);
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
