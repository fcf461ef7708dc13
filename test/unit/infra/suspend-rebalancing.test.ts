import { once } from "node:events";
import { createServer } from "node:http";
import Module, { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";

const sent: object[] = [];
let failure: Error | undefined;
/** The SDK is part of Lambda's runtime, and of none of our packages. */
const sdk = {
  AutoScalingClient: class {
    async send(command: { input: object }) {
      sent.push(command.input);
      if (failure !== undefined) throw failure;
    }
  },
  SuspendProcessesCommand: class {
    readonly input: object;
    constructor(input: object) {
      this.input = input;
    }
  },
};
type Loader = typeof Module & { _load(name: string, ...rest: unknown[]): unknown };
const loader = Module as Loader;
const load = loader._load;
loader._load = (name, ...rest) =>
  name === "@aws-sdk/client-auto-scaling" ? sdk : load.call(Module, name, ...rest);
const { handler } = createRequire(import.meta.url)("../../../infra/functions/suspend-rebalancing.cjs") as {
  handler(event: object): Promise<void>;
};
loader._load = load;
afterEach(() => {
  sent.length = 0;
  failure = undefined;
});

/** Calls the function as CloudFormation does; gives what it answers there. */
async function called(RequestType: string): Promise<unknown> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const answer = once(server, "request").then(async ([request, response]) => {
    let body = "";
    for await (const text of request.setEncoding("utf8")) body += text;
    response.end();
    return JSON.parse(body) as unknown;
  });
  await handler({
    RequestType,
    ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`,
    StackId: "stack",
    RequestId: "request",
    LogicalResourceId: "Rebalancing",
    ResourceProperties: { AutoScalingGroupName: "hosts" },
  });
  const given = await answer;
  server.close();
  return given;
}

const GIVEN = {
  PhysicalResourceId: "hosts",
  StackId: "stack",
  RequestId: "request",
  LogicalResourceId: "Rebalancing",
};

test.each(["Create", "Update"])(
  "%s suspends the rebalancing of zones and tells CloudFormation",
  async (type) => {
    expect(await called(type)).toEqual({ Status: "SUCCESS", ...GIVEN });
    expect(sent).toEqual([{ AutoScalingGroupName: "hosts", ScalingProcesses: ["AZRebalance"] }]);
  },
);

test("the end of the group needs nothing", async () => {
  expect(await called("Delete")).toEqual({ Status: "SUCCESS", ...GIVEN });
  expect(sent).toEqual([]);
});

test("a failure is told, so that the deployment does not wait an hour", async () => {
  failure = new Error("AccessDenied");
  expect(await called("Create")).toEqual({ Status: "FAILED", Reason: "AccessDenied", ...GIVEN });
});
