import { describe, expect, test } from "vitest";
import { schemaFaults } from "./service-schema.ts";
import { VARIANTS, variant } from "./variants.ts";

describe("AWS's schemas have nothing against", () => {
  test.each(Object.keys(VARIANTS))("%s", async (name) => {
    const faults = Object.values((await variant(name)).templates).flatMap((resources) =>
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
