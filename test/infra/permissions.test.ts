import { describe, expect, test } from "vitest";
import { type Resources, type Synthesised, synthesised } from "./synthesise.ts";
import { variant } from "./variants.ts";

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}
interface Permission {
  role: string;
  action: string;
  resources: string[];
  condition: boolean;
}

/** Actions that AWS gives on everything or not at all, and what holds them where something does. */
const DEMANDED: Record<string, string> = {
  "cloudwatch:PutMetricData": "knows no resources; a condition holds it to the deployment's namespace",
  "autoscaling:SuspendProcesses":
    "a group's ARN contains an id that is not known in advance; a condition holds it to this deployment's",
  "ecr:GetAuthorizationToken":
    "knows no resources: it gives the right to ask the registry for what other actions name",
  "ecs:DiscoverPollEndpoint": "knows no resources: it tells an agent where to call",
  "ecs:Poll": "a host's container instance has its id only once it runs; a condition holds it to the cluster",
  "ecs:StartTelemetrySession": "the same",
  "ssm:UpdateInstanceInformation": "a host's id is not known in advance; only with access.hosts",
  "ssmmessages:CreateControlChannel": "knows no resources; only with access.hosts or access.tasks",
  "ssmmessages:CreateDataChannel": "the same",
  "ssmmessages:OpenControlChannel": "the same",
  "ssmmessages:OpenDataChannel": "the same",
};
/** Of these, the ones that nothing can hold. */
const UNCONDITIONAL =
  /^(ecr:GetAuthorizationToken|ecs:DiscoverPollEndpoint|ssm:UpdateInstanceInformation|ssmmessages:.*)$/;

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** A resource in short: what it is called in its stack, or its literal. */
const short = (resource: unknown): string => {
  if (typeof resource === "string") return resource;
  const text = JSON.stringify(resource);
  const [, imported] = /"Fn::ImportValue":"([^"]+)"/.exec(text) ?? [];
  const [, own] =
    /"(?:Ref|Fn::GetAtt)":\[?"([A-Za-z][A-Za-z0-9]+)"/.exec(text.replaceAll(/\{"Ref":"AWS::\w+"\}/g, "")) ??
    [];
  const [, literal] = /,":(?:secret:)?([a-z]+\/[^"]+)"/.exec(text) ?? [];
  return (imported ?? literal ?? own ?? text)
    .replace(/^.*ExportsOutput(Ref|FnGetAtt)/, "")
    .replace(/[0-9A-F]{8}.*$/, "");
};

/** Every action of every role, from policies inside and beside it. */
function permissions(of: Synthesised): Permission[] {
  return Object.entries(of.templates).flatMap(([stack, resources]) =>
    statements(resources).flatMap(([role, { Action, Resource, Condition, Effect }]) => {
      expect(Effect).toBe("Allow");
      return list(Action).map((action) => ({
        role: `${stack}/${role}`,
        action,
        resources: list(Resource).map(short),
        condition: Condition !== undefined,
      }));
    }),
  );
}

const statements = (resources: Resources): [role: string, Statement][] =>
  Object.entries(resources).flatMap(([id, { Type, Properties = {} }]) => {
    type Document = { Statement: Statement[] };
    const name = (text: string) => text.replace(/[0-9A-F]{8}$/, "");
    if (Type === "AWS::IAM::Role") {
      const { Policies = [], ManagedPolicyArns } = Properties as {
        Policies?: { PolicyDocument: Document }[];
        ManagedPolicyArns?: unknown;
      };
      // AWS's managed policies grant what they please, and change.
      expect(ManagedPolicyArns).toBeUndefined();
      return Policies.flatMap(({ PolicyDocument }) =>
        PolicyDocument.Statement.map((statement): [string, Statement] => [name(id), statement]),
      );
    }
    if (Type !== "AWS::IAM::Policy") return [];
    const { Roles, PolicyDocument } = Properties as { Roles: { Ref: string }[]; PolicyDocument: Document };
    return Roles.flatMap(({ Ref }) =>
      PolicyDocument.Statement.map((statement): [string, Statement] => [name(Ref), statement]),
    );
  });

const example = await synthesised();

describe.each([
  ["the example", example],
  [
    "Fargate",
    await synthesised((c) => {
      c.sizes = { edge: { capacity: "fargate", drainSeconds: 100 } };
    }),
  ],
  [
    "a route API in Lambda",
    await synthesised((c) => {
      c.routeApi.run = "lambda";
    }),
  ],
  [
    "an existing VPC with ways in",
    await variant("an existing VPC without public subnets or endpoints, ways in, bounds"),
  ],
] as const)("roles of %s", (_, of) => {
  const all = permissions(of);
  test("name every action", () => {
    expect(all.filter(({ action }) => action.includes("*"))).toEqual([]);
  });

  test("name every resource, but where AWS demands it", () => {
    const everything = all.filter(({ resources }) => resources.some((resource) => resource === "*"));
    for (const { action, condition } of everything) {
      expect(DEMANDED[action], action).toBeDefined();
      if (!UNCONDITIONAL.test(action)) expect(condition, action).toBe(true);
    }
  });

  test("can make no other role theirs, and write to no secret but by rotation", () => {
    const may = (pattern: RegExp) => all.filter(({ action }) => pattern.test(action)).map(({ role }) => role);
    expect(may(/^(iam|sts):/)).toEqual([]);
    expect([...new Set(may(/^secretsmanager:(Put|Update|Delete|Create)/))]).toEqual(["secrets/RotationRole"]);
    expect(may(/^dynamodb:(Create|Delete(?!Item)|Update(?!Item))/)).toEqual([]);
  });
});

test("each role may this, and no more", () => {
  const byRole = Map.groupBy(permissions(example), ({ role }) => role);
  const text = [...byRole].map(([role, granted]) => {
    const byResources = Map.groupBy(
      granted,
      ({ resources, condition }) =>
        [...new Set(resources)].join(", ") + (condition ? " under a condition" : ""),
    );
    const lines = [...byResources].map(
      ([resources, actions]) => `  ${actions.map(({ action }) => action).join(" ")}\n    on ${resources}`,
    );
    return `${role}\n${lines.join("\n")}`;
  });
  expect(text.join("\n")).toMatchSnapshot();
});
