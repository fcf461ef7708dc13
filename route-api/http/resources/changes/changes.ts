import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { Changes, ChangesQuery } from "../../../contract/changes.ts";
import type { Question } from "../../../contract/questions.ts";
import { createGate } from "../../limits.ts";
import { bearer, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import type { ChangeTail } from "./change-tail.ts";
import { eventStream } from "./event-stream.ts";
import { poll, type Tails } from "./poll.ts";

/** The one path with long polls, which are counted separately. */
export const CHANGES_PATH = "/v1/changes";

/** How a reader of server-sent events says where it is (HTML, section 9.2.4). */
const Headers = z.object({ "last-event-id": z.string().max(64).optional() });

/** Who is told how far edges have read in the feed of questions. */
export interface QuestionReaders {
  polled(edge: string, cursor: string): void;
  /** What an edge that begins is told of the time before. */
  announced(): Question[];
}

const getChanges = createRoute({
  method: "get",
  path: CHANGES_PATH,
  operationId: "listChanges",
  tags: ["changes"],
  summary: "Accounts whose routes changed",
  description:
    "Returns the changes after the cursor `after`: immediately if there are any, else as soon as there are, or nothing after `wait` seconds. Without a cursor it returns the end of the feed. With `asks` it returns questions to edges too, from a feed with its own cursor. With `Accept: text/event-stream` each response is an event whose id is the cursor; Last-Event-ID resumes.",
  security: bearer("edge", "admin"),
  middleware: requireScope("edge", "admin"),
  request: { query: ChangesQuery, headers: Headers },
  responses: {
    200: {
      description: "The next cursor, and what changed; possibly nothing",
      content: {
        "application/json": { schema: Changes },
        "text/event-stream": { schema: z.string() },
      },
    },
    ...problems(),
  },
});

/** `GET /v1/changes`: the change feed, as long poll or server-sent events; at most `slots` at once. */
export function changesRoutes(
  tails: Tails & { changes: ChangeTail },
  readers: QuestionReaders,
  slots: number,
) {
  const gate = createGate(slots);
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getChanges, async (c) => {
    const { after, asks, edge, wait } = c.req.valid("query");
    const { signal } = c.req.raw;
    const leave = gate.enter();
    if (leave === undefined) return problem(c, "overloaded");
    if (c.req.header("Accept")?.includes("text/event-stream")) {
      const headers = { "Content-Type": "text/event-stream" };
      if (c.req.method === "HEAD") {
        // Nobody would read or cancel the stream.
        leave();
        return c.body(null, 200, headers) as never;
      }
      const resumed = c.req.valid("header")["last-event-id"] ?? after;
      const stream = eventStream({ tail: tails.changes, after: resumed, signal, ended: leave });
      return c.body(stream, 200, headers) as never;
    }
    if (asks !== undefined && edge !== undefined) readers.polled(edge, asks);
    try {
      const changes = await poll(tails, { after, asks, waitMs: wait * 1000, signal });
      if (asks !== "" || changes.asks === undefined) return c.json(changes, 200);
      const questions = [...readers.announced(), ...changes.asks.questions];
      return c.json({ ...changes, asks: { ...changes.asks, questions } }, 200);
    } finally {
      leave();
    }
  });
}
