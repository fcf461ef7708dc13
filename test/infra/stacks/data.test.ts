import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { createTable } from "../../../route-api/store/dynamodb/schema.ts";
import { ofType, synthesised } from "../synthesise.ts";

const example = await synthesised();

describe("the table of routes", () => {
  const data = example.template("data");

  test("is on demand, can be restored to any second, expires items, and cannot be deleted by mistake", () => {
    data.hasResource("AWS::DynamoDB::GlobalTable", {
      DeletionPolicy: "RetainExceptOnCreate",
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

  test.each(["service", "lambda"])(
    "may be under a key of the operator's, which its users may use: %s",
    async (run) => {
      const kmsKey = "arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001";
      const encrypted = await synthesised((c) => {
        c.environment = { region: "eu-central-1" };
        c.data = { kmsKey };
        c.routeApi.run = run;
      });
      encrypted.template("data").hasResourceProperties("AWS::DynamoDB::GlobalTable", {
        SSESpecification: { SSEEnabled: true, SSEType: "KMS" },
        Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: kmsKey } })],
      });
      for (const stack of ["route-api", "sync"])
        encrypted.template(stack).hasResourceProperties("AWS::IAM::Policy", {
          PolicyDocument: {
            Statement: Match.arrayWith([
              Match.objectLike({
                Action: Match.arrayWith(["kms:Decrypt", "kms:GenerateDataKey"]),
                Resource: kmsKey,
                Condition: {
                  StringEquals: {
                    "kms:ViaService": {
                      "Fn::Join": ["", ["dynamodb.", { Ref: "AWS::Region" }, ".", { Ref: "AWS::URLSuffix" }]],
                    },
                  },
                },
              }),
            ]),
          },
        });
      expect(JSON.stringify(encrypted.templates["edge-main"])).not.toContain("kms:");
    },
  );

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

  test("has copies in other regions, each as safe", async () => {
    const copied = await synthesised((c) => {
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

  test("may be there already, under another name", async () => {
    const restored = await synthesised((c) => {
      c.data = { table: "mmp-routes-restored", existing: true };
    });
    expect(restored.templates.data).toBeUndefined();
    expect(JSON.stringify(restored.templates["route-api"])).toContain("table/mmp-routes-restored");
  });
});
