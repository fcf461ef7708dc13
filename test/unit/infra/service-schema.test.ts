import { describe, expect, test } from "vitest";
import { schemaFaults } from "./service-schema.ts";
import { type Change, synthesised } from "./support.ts";
import { VARIANTS } from "./variants.ts";

const DEPLOYMENTS: Record<string, Change> = {
  ...VARIANTS,
  "IPv6, NAT gateways, replicas": (c) => {
    c.environment = { region: "eu-central-1" };
    c.network = {
      dualStack: true,
      natGateways: 2,
      zones: 3,
      routes: [{ destination: "10.20.0.0/16", virtualPrivateGateway: "vgw-0123456789abcdef0" }],
    };
    c.loadBalancers.main.dualStack = true;
    c.data = { replicas: ["eu-west-1"], warmWritesPerSecond: 40_000 };
  },
};

describe("AWS's schemas have nothing against", () => {
  test.each(Object.entries(DEPLOYMENTS))("%s", (_, change) => {
    const faults = Object.values(synthesised(change).templates).flatMap((resources) =>
      Object.entries(resources).flatMap(([id, resource]) => schemaFaults(id, resource)),
    );
    expect(faults).toEqual([]);
  });
});

describe("and would have something", () => {
  const secret = (Properties: Record<string, unknown>) =>
    schemaFaults("S", { Type: "AWS::SecretsManager::Secret", Properties });
  test.each([
    [{ Nmae: "x" }, "S (AWS::SecretsManager::Secret).Nmae: is not known"],
    [{ Name: 1 }, "S (AWS::SecretsManager::Secret).Name: must be a string, is 1"],
    [
      { GenerateSecretString: { PasswordLength: "48" } },
      'S (AWS::SecretsManager::Secret).GenerateSecretString.PasswordLength: must be a whole number, is "48"',
    ],
    [{ ReplicaRegions: [{}] }, "S (AWS::SecretsManager::Secret).ReplicaRegions[0].Region: is missing"],
  ])("against %j", (properties, fault) => expect(secret(properties)).toEqual([fault]));

  test("against a resource that is none", () => {
    expect(schemaFaults("X", { Type: "AWS::Mail::Multiplexor" })).toEqual([
      "X: AWS::Mail::Multiplexor is not known",
    ]);
  });
});
