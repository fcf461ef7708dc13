import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { Changes, ChangesQuery } from "../../../contract/changes.ts";
import { createGate } from "../../limits.ts";
import { bearer, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { eventStream } from "./event-stream.ts";
import type { FeedTail } from "./feed-tail.ts";

/** The one path whose requests wait; they are counted apart from all others. */
export const CHANGES_PATH = "/v1/changes";

/** Server-sent events have no other name for where a reader is (HTML, section 9.2.4). */
const Headers = z.object({ "last-event-id": z.string().max(64).optional() });

const getChanges = createRoute({
  method: "get",
  path: CHANGES_PATH,
  summary: "Accounts whose routes changed",
  description:
    "What came behind the cursor `after`, at once where there is something, else as soon as it comes or when `wait` seconds are over. Without a cursor: the end of the feed. With `Accept: text/event-stream` each answer is an event whose id is the cursor, and Last-Event-ID resumes.",
  security: bearer("edge", "admin"),
  middleware: requireScope("edge", "admin"),
  request: { query: ChangesQuery, headers: Headers },
  responses: {
    200: {
      description: "Where the feed goes on, and what changed; perhaps nothing",
      content: {
        "application/json": { schema: Changes },
        "text/event-stream": { schema: z.string() },
      },
    },
    ...problems(),
  },
});

/** `GET /v1/changes`: the change feed, as long poll or as server-sent events; at most `places` at once. */
export function changesRoutes(tail: FeedTail, places: number) {
  const gate = createGate(places);
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(getChanges, async (c) => {
    const { after, wait } = c.req.valid("query");
    const { signal } = c.req.raw;
    const leave = gate.enter();
    if (leave === undefined) return problem(c, "overloaded");
    if (c.req.header("Accept")?.includes("text/event-stream")) {
      const headers = { "Content-Type": "text/event-stream" };
      if (c.req.method === "HEAD") {
        // Nobody would read its stream, or cancel it.
        leave();
        return c.body(null, 200, headers) as never;
      }
      const resumed = c.req.valid("header")["last-event-id"] ?? after;
      const stream = eventStream({ tail, after: resumed, signal, ended: leave });
      return c.body(stream, 200, headers) as never;
    }
    try {
      const answer = after === undefined ? await tail.end() : await tail.after(after, wait * 1000, signal);
      return c.json(answer, 200);
    } finally {
      leave();
    }
  });
}
