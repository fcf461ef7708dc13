import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** A request to DynamoDB on its way through a front. */
export interface SeenRequest {
  /** PutItem, Query, … */
  operation: string;
  /** As DynamoDB's JSON protocol has it. */
  body: Record<string, unknown>;
}

/** What a front does with a request. */
export type Fate =
  | "pass"
  /** Says that the table is over its capacity. */
  | "throttle"
  /** Says that DynamoDB failed. */
  | "fail"
  /** Passes it on, and closes the connection instead of answering. */
  | "lose-answer"
  /** Of a batch passes on the first half, and says that the rest is undone. */
  | "half"
  /** Of a batch passes on nothing, and says so. */
  | "none"
  /** Never answers. */
  | "hang";

/** Something that stands before a double of DynamoDB and makes trouble. */
export interface Front {
  endpoint: string;
  /** All requests so far. */
  seen: SeenRequest[];
  /** Decides about each request, one after the other; at first all pass. */
  decide: (request: SeenRequest, index: number) => Fate | Promise<Fate>;
  close(): Promise<void>;
}

const WRITES = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
export const isWrite = ({ operation }: SeenRequest): boolean => WRITES.includes(operation);

/** Opens a front before the double at `target`. */
export async function openFront(target: string): Promise<Front> {
  let turn: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    turn = turn.then(() => handle(request, response)).catch((error) => response.destroy(error));
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await text(request)) as SeenRequest["body"];
    const seen = { operation: String(request.headers["x-amz-target"]).split(".")[1] ?? "", body };
    const fate = await front.decide(seen, front.seen.push(seen) - 1);
    switch (fate) {
      case "hang":
        return;
      case "throttle":
        return answer(response, 400, problem("ProvisionedThroughputExceededException"));
      case "fail":
        return answer(response, 500, problem("InternalServerError"));
      case "lose-answer":
        await passOn(target, request, body);
        response.destroy();
        return;
      case "half":
      case "none": {
        const [done, undone] = cut(body, fate === "half");
        const [status, result] = done === undefined ? [200, {}] : await passOn(target, request, done);
        const key = seen.operation === "BatchGetItem" ? "UnprocessedKeys" : "UnprocessedItems";
        return answer(response, status, { ...result, [key]: undone });
      }
      case "pass":
        return answer(response, ...(await passOn(target, request, body)));
    }
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const front: Front = {
    endpoint: `http://127.0.0.1:${port}`,
    seen: [],
    decide: () => "pass",
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return front;
}

type Answer = [status: number, body: Record<string, unknown>];

async function passOn(target: string, { headers }: IncomingMessage, body: object): Promise<Answer> {
  const kept = ["x-amz-target", "x-amz-date", "authorization", "content-type"] as const;
  const response = await fetch(target, {
    method: "POST",
    headers: Object.fromEntries(kept.map((name) => [name, String(headers[name])])),
    body: JSON.stringify(body),
  });
  return [response.status, (await response.json()) as Answer[1]];
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(body));
}

const problem = (type: string) => ({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "front" });

type Requests = Record<string, unknown[] | { Keys: unknown[] }>;

/** The batch in two: what is done of it (undefined: nothing), and what is not. */
function cut(body: SeenRequest["body"], isHalved: boolean): [done: object | undefined, undone: Requests] {
  const done: Requests = {};
  const undone: Requests = {};
  for (const [table, requests] of Object.entries(body.RequestItems as Requests)) {
    const all = Array.isArray(requests) ? requests : requests.Keys;
    const middle = isHalved ? Math.ceil(all.length / 2) : 0;
    const part = (some: unknown[]) => (Array.isArray(requests) ? some : { ...requests, Keys: some });
    if (middle > 0) done[table] = part(all.slice(0, middle));
    if (middle < all.length) undone[table] = part(all.slice(middle));
  }
  return [Object.keys(done).length === 0 ? undefined : { ...body, RequestItems: done }, undone];
}
