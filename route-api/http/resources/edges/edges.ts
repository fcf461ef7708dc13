import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { EDGES_PATH, EdgeName, Edges, Heartbeat } from "../../../contract/edges.ts";
import type { ListStore } from "../../../store/lists.ts";
import { bearer, json, problems } from "../../openapi.ts";
import { refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import { knownEdges, noteHeartbeat } from "./known-edges.ts";

const putEdge = createRoute({
  method: "put",
  path: `${EDGES_PATH}/{edge}`,
  operationId: "reportEdge",
  tags: ["edges"],
  summary: "Report an edge",
  description:
    "A heartbeat: each edge process sends one when it starts, every 30 seconds, when it begins to drain, and when it ends.",
  security: bearer("edge"),
  middleware: requireScope("edge"),
  request: {
    params: z.object({ edge: EdgeName }),
    body: { required: true, content: { "application/json": { schema: Heartbeat } } },
  },
  responses: {
    204: { description: "Noted" },
    ...problems("not-found", "body-too-large", "unsupported-media-type"),
  },
});

const getEdges = createRoute({
  method: "get",
  path: EDGES_PATH,
  operationId: "listEdges",
  tags: ["edges"],
  summary: "List the edges",
  description:
    "The last report of each edge process. One that was not heard of for 75 seconds is `silent`; five minutes after its last report it is no longer listed.",
  security: bearer("support", "admin"),
  middleware: requireScope("support", "admin"),
  responses: { 200: json(Edges, "The edges, by name"), ...problems() },
});

/** `PUT /v1/edges/{edge}` and `GET /v1/edges`: what edges report of themselves. */
export const edgeRoutes = (lists: ListStore) =>
  new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid })
    .openapi(putEdge, async (c) => {
      await noteHeartbeat(lists, c.req.valid("param").edge, c.req.valid("json"));
      return c.body(null, 204);
    })
    .openapi(getEdges, async (c) => c.json({ edges: await knownEdges(lists) }, 200));
