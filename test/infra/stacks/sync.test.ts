import { describe, expect, test } from "vitest";
import { ofType, synthesised } from "../synthesise.ts";

const example = await synthesised();

describe("the sync", () => {
  test("has a leader and another that waits for its lease", () => {
    example.template("sync").hasResourceProperties("AWS::ECS::Service", {
      DesiredCount: 2,
      DeploymentConfiguration: { MinimumHealthyPercent: 100 },
    });
  });

  test("is another task where its configuration is another, as the edge is not", async () => {
    const definition = (stack: string, of = example) =>
      JSON.stringify(ofType(of.templates[stack], "AWS::ECS::TaskDefinition"));
    const changed = await synthesised((c) => {
      c.directory.base = "dc=example,dc=org";
      c.stores["*"].imap.port = 143;
    });
    expect(definition("sync", changed)).not.toBe(definition("sync"));
    // It reloads: a deployment would end its sessions.
    expect(definition("edge-main", changed)).toBe(definition("edge-main"));
    expect(changed.templates["edge-main"]).not.toEqual(example.templates["edge-main"]);
  });
});
