import { describe, expect, test } from "vitest";
import {
  CHANGE_KEY,
  documentKey,
  entryKey,
  listKey,
  pointerKey,
  QUESTION_KEY,
  RELEASE_DOCUMENT,
} from "../../route-api/store/keys.ts";
import { ofType, synthesised } from "./synthesise.ts";

interface Statement {
  Effect: string;
  Action: string | string[];
  Condition?: {
    "ForAllValues:StringLike": { "dynamodb:LeadingKeys": string[] };
    "ForAllValues:StringEquals"?: { "dynamodb:Attributes": string[] };
    Null: object;
    StringEqualsIfExists?: object;
  };
}

const WRITES = ["DeleteItem", "PutItem", "UpdateItem"];

/** The statements about DynamoDB of a stack's roles. */
async function statementsOf(stack: string, run: "service" | "lambda"): Promise<Statement[]> {
  const { templates } = await synthesised((c) => {
    c.routeApi.run = run;
  });
  return ofType(templates[stack] ?? {}, "AWS::IAM::Policy")
    .flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: Statement[] }).Statement)
    .filter(({ Action }) => String(Action).includes("dynamodb:"));
}

/** StringLike of IAM: an asterisk stands for any text; case counts. */
const isLike = (text: string, pattern: string): boolean =>
  new RegExp(`^${pattern.split("*").map(RegExp.escape).join(".*")}$`, "s").test(text);

/** Whether the statements allow an action on items of these partitions; none of them denies anything. */
const allows = (statements: readonly Statement[], action: string, ...partitions: string[]): boolean =>
  statements.some(({ Effect, Action, Condition }) => {
    expect(Effect).toBe("Allow");
    if (![Action].flat().includes(`dynamodb:${action}`)) return false;
    if (Condition === undefined) return true;
    // Of some attributes only.
    if (Condition["ForAllValues:StringEquals"] !== undefined) return false;
    expect(Condition.Null).toEqual({ "dynamodb:LeadingKeys": "false" });
    const patterns = Condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    return (
      partitions.length > 0 && partitions.every((key) => patterns.some((pattern) => isLike(key, pattern)))
    );
  });

describe.each(["service", "lambda"] as const)("a route API as a %s", (run) => {
  test.each([
    ["an entry, which holds the route", entryKey("uuid-alice")],
    ["a pointer from a name", pointerKey("login", "alice@example.com")],
    ["a pointer from a name like a list", pointerKey("login", "LIST#EDGES")],
    ["what the sync keeps, its lease and cursor", documentKey("sync")],
    ["a partition of a longer name", `${CHANGE_KEY}S`],
    ["a partition in lower case", listKey("EDGES").toLowerCase()],
  ])("cannot write %s", async (_what, partition) => {
    const statements = await statementsOf("route-api", run);
    for (const action of WRITES) {
      expect(allows(statements, action, partition), action).toBe(false);
      expect(allows(statements, action, listKey("EDGES"), partition), action).toBe(false);
      expect(allows(statements, action), action).toBe(false);
    }
    for (const action of ["GetItem", "Query", "BatchGetItem"])
      expect(allows(statements, action, partition)).toBe(true);
  });

  test.each([
    ...[listKey("EDGES"), listKey("HOLDS"), listKey("ANSWER#1"), QUESTION_KEY, CHANGE_KEY],
    documentKey(RELEASE_DOCUMENT),
  ])("can write to %s", async (partition) => {
    const statements = await statementsOf("route-api", run);
    for (const action of WRITES) expect(allows(statements, action, partition), action).toBe(true);
  });

  test("can set the hold of an entry, which counts its write up, and nothing else of it", async () => {
    const statements = await statementsOf("route-api", run);
    const limited = statements.filter(
      ({ Condition }) => Condition?.["ForAllValues:StringEquals"] !== undefined,
    );
    expect(limited).toEqual([
      {
        Effect: "Allow",
        Action: "dynamodb:UpdateItem",
        Resource: expect.anything(),
        Condition: {
          "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [entryKey("*")] },
          "ForAllValues:StringEquals": { "dynamodb:Attributes": ["pk", "sk", "write", "hold"] },
          Null: { "dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false" },
          StringEqualsIfExists: { "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"] },
        },
      },
    ]);
  });

  test("can do nothing else with the table", async () => {
    const actions = (await statementsOf("route-api", run)).flatMap(({ Action }) => Action);
    expect(actions.sort()).toEqual(
      ["BatchGetItem", "GetItem", "Query", ...WRITES, "UpdateItem"]
        .map((action) => `dynamodb:${action}`)
        .sort(),
    );
  });
});

test("only the sync writes entries, and nobody writes in batches", async () => {
  const statements = await statementsOf("sync", "service");
  for (const action of [...WRITES, "Scan"])
    expect(allows(statements, action, entryKey("x")), action).toBe(true);
  expect(allows(statements, "BatchWriteItem", entryKey("x"))).toBe(false);
});
