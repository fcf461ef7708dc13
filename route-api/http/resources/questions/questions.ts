import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { EdgeName } from "../../../contract/edges.ts";
import { Answer, QuestionId } from "../../../contract/questions.ts";
import { bearer, problems } from "../../openapi.ts";
import { problem, refuseInvalid } from "../../problem.ts";
import type { ApiEnv } from "../../request-context.ts";
import { requireScope } from "../../token.ts";
import type { QuestionBoard } from "./question-board.ts";

const putAnswer = createRoute({
  method: "put",
  path: "/v1/questions/{id}/answers/{edge}",
  operationId: "answerQuestion",
  tags: ["edges"],
  summary: "Answer a question",
  description:
    "For edges: what one has to say to a question from the feed (`GET /v1/changes?asks=`). An answer replaces an earlier one of the edge. An edge without anything to say sends none: its next poll acknowledges the question.",
  security: bearer("edge"),
  middleware: requireScope("edge"),
  request: {
    params: z.object({ id: QuestionId, edge: EdgeName }),
    body: { required: true, content: { "application/json": { schema: Answer } } },
  },
  responses: {
    204: { description: "Accepted" },
    ...problems("not-found", "question-closed", "body-too-large", "unsupported-media-type"),
  },
});

/** `PUT /v1/questions/{id}/answers/{edge}`: what an edge says to a question. */
export const questionRoutes = (board: Pick<QuestionBoard, "answer">) =>
  new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).openapi(putAnswer, async (c) => {
    const { id, edge } = c.req.valid("param");
    const accepted = await board.answer(id, edge, c.req.valid("json"));
    return accepted ? c.body(null, 204) : problem(c, "question-closed");
  });
