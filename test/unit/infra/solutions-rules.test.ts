import { App, Stack, Validations } from "aws-cdk-lib";
import { Topic } from "aws-cdk-lib/aws-sns";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { type Change, synthesised } from "./support.ts";
import { VARIANTS } from "./variants.ts";

/** AWS's Solutions rules stop a synthesis at each finding that no reason acknowledges. */
const DEPLOYMENTS: Record<string, Change> = {
  ...VARIANTS,
  "IPv6, NAT gateways, replicas, an account": (c) => {
    c.environment = { account: "111122223333", region: "eu-central-1" };
    c.network = { dualStack: true, natGateways: 2, zones: 3 };
    c.loadBalancers.main.dualStack = true;
    c.data = { replicas: ["eu-west-1"] };
  },
  "an image of any registry, no names": (c) => {
    c.image = { uri: "registry.example/mmp@sha256:00" };
    c.routeApi.certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/1";
    c.domain = {};
    for (const balancer of Object.values<{ hostName?: string }>(c.loadBalancers)) delete balancer.hostName;
  },
};

describe("AWS's Solutions rules find nothing in", () => {
  test.each(Object.entries(DEPLOYMENTS))("%s", (_, change) => {
    expect(() => synthesised(change)).not.toThrow();
  });
});

test("and would find something", () => {
  const app = new App();
  new Topic(new Stack(app, "Stack"), "Topic");
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).toThrow("AwsSolutions-SNS3");
});
