import { App, Stack, Validations } from "aws-cdk-lib";
import { Topic } from "aws-cdk-lib/aws-sns";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { VARIANTS, variant } from "./variants.ts";

describe("AWS's Solutions rules find nothing in", () => {
  // A finding that no reason acknowledges stops the synthesis.
  test.each(Object.keys(VARIANTS))("%s", async (name) => {
    await expect(variant(name)).resolves.toBeDefined();
  });
});

test("and would find something", () => {
  const app = new App();
  new Topic(new Stack(app, "Stack"), "Topic");
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).toThrow("AwsSolutions-SNS3");
});
