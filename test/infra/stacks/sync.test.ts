import { Match } from "aws-cdk-lib/assertions";
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

test("an image of a private registry is pulled with its credentials, which no process gets", async () => {
  const credentials = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/registry-AbCdEf";
  const { template } = await synthesised((c) => {
    c.network = { natGateways: 1 };
    c.image = { uri: "registry.example/mmp:1", credentials };
  });
  for (const stack of ["edge-main", "route-api", "sync"]) {
    template(stack).hasResourceProperties("AWS::ECS::TaskDefinition", {
      ContainerDefinitions: [
        Match.objectLike({ RepositoryCredentials: { CredentialsParameter: credentials } }),
      ],
    });
    template(stack).hasResourceProperties("AWS::IAM::Role", {
      Policies: [
        {
          PolicyName: "Start",
          PolicyDocument: Match.objectLike({
            Statement: Match.arrayWith([
              { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: credentials },
            ]),
          }),
        },
      ],
    });
    const policies = JSON.stringify(template(stack).findResources("AWS::IAM::Policy"));
    expect(policies).not.toContain(credentials);
  }
});
